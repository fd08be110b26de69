import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { sidebarGroups } from '../../bin/site/pages.ts';
import { createProgram } from '../../cli/program.ts';
import { parseBrokerTokens } from '../../lib/config/config.ts';
import { AWS_COMMAND, commandsOf, findTokensCommands, KNOWN_COMMANDS, needsAws } from './commands.ts';
import {
  chapter,
  codeBlocks,
  codeSpans,
  DOCUMENTS,
  headingAnchors,
  linkTargets,
  ROOT,
  read,
  withoutCodeBlocks,
} from './markdown.ts';

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** All commands of the runbooks need AWS, as their introductions state, so their code blocks do not state it. */
const isRunbook = (path: string): boolean => /^docs\/(?:ko\/)?runbook/.test(path);

/** The scripts that test/examples/ runs and compares with the documents. */
const EXAMPLES = readdirSync(join(ROOT, 'examples'))
  .filter((name) => name.endsWith('.sh'))
  .map((name) => read(`examples/${name}`).trimEnd());

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path);
  const code = [...codeBlocks(text).map((block) => block.text), ...codeSpans(text)];

  test('contains only links and images whose targets exist', () => {
    const lost = linkTargets(text).filter((target) => {
      if (/^(?:https?:|mailto:)/.test(target)) return false;
      const [file = '', anchor] = target.split('#');
      const goal = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(ROOT, goal))) return true;
      return anchor !== undefined && !headingAnchors(read(goal)).has(anchor);
    });
    expect(lost).toEqual([]);
  });

  test('contains only links whose text names the same document as the target', () => {
    expect(misnamedLinks(text)).toEqual([]);
  });

  test('contains no path of the machine on which it was written', () => {
    expect(text).not.toMatch(/\/(?:work|root|home|tmp)\/\w/);
  });

  test('names in inline code only project files that exist', () => {
    const paths = codeSpans(text).filter((each) =>
      /^(?:bench|bin|cli|examples|lambdas|lib|reader|simulator|test)\/[\w./-]*$/.test(each),
    );
    const lost = paths.filter((each) => !existsSync(join(ROOT, each)));
    if (!path.startsWith('docs/reports/')) expect(lost).toEqual([]);
  });

  test('names only existing scripts after "npm run"', () => {
    const named = code.flatMap((each) =>
      [...each.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, script = '']) => script),
    );
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });

  test('contains only "tokens" commands that the command line accepts', async () => {
    for (const args of code.flatMap(findTokensCommands))
      expect(await areArgumentsAccepted(args), args.join(' ')).toBe(true);
  });

  test('contains only commands that a test runs, or that are in a block with "# needs AWS"', () => {
    const strangers = codeBlocks(text)
      .filter(
        (block) => /^(?:sh|bash|shell|console)\b/.test(block.language) && !EXAMPLES.includes(block.text),
      )
      .flatMap((block) => {
        const isAllowed = (line: string) =>
          isRunbook(path) || needsAws(block)
            ? AWS_COMMAND.test(line)
            : KNOWN_COMMANDS.some(([command]) => command.test(line));
        return commandsOf(block).filter((line) => !isAllowed(line));
      });
    expect(strangers, 'mark the block, or name in test/docs/commands.ts what runs the command').toEqual([]);
  });

  test('has at most 250 lines of at most 120 columns, except in tables, images and commands', () => {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(250);
    const wrappable = lines.filter((line) => !/^\s*(?:\||!\[|(?:[A-Z]+=\$\()?(?:aws|npx) )/.test(line));
    expect(wrappable.filter((line) => line.length > 120)).toEqual([]);
  });

  test('contains only valid JSON blocks and valid configurations', () => {
    for (const { text: json } of codeBlocks(text).filter(({ language }) => language === 'json')) {
      const value = JSON.parse(json) as object;
      if ('credentials' in value) expect(parseBrokerTokens(value).credentials.length).toBeGreaterThan(0);
    }
  });
});

test('the check of link texts detects a text that names a different document', () => {
  expect(misnamedLinks('[a.md](../a.md#b) [`docs/a.md`](a.md) [the log](a.md)')).toEqual([]);
  expect(misnamedLinks('[a.md](b.md#a), [see\n`a.md`](b.md)')).toEqual(['a.md → b.md#a', 'a.md → b.md']);
});

test('every document can be reached through links from README.md', () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path) || !DOCUMENTS.includes(path)) return;
    reached.add(path);
    for (const target of linkTargets(read(path)))
      visit(normalize(join(dirname(path), target.split('#')[0] ?? '')));
  };
  visit('README.md');
  expect(DOCUMENTS.filter((path) => !reached.has(path))).toEqual([]);
});

test.each(DOCUMENTS.filter(isRunbook))('%s states in its introduction that commands need AWS', (path) => {
  expect(chapter(read(path))).toMatch(
    /Commands need the AWS CLI|명령에는 AWS CLI|runbook.md#common-commands/,
  );
});

test('the sidebar of the site contains every document in docs/', () => {
  const links = sidebarGroups('en').flatMap(({ items = [] }) => items.map(({ link }) => `docs${link}`));
  expect(DOCUMENTS.filter((path) => /^docs\/[\w-]+\.md$/.test(path) && !links.includes(path))).toEqual([]);
});

test.each(KNOWN_COMMANDS)('the documented command %s is run by %s', (command, by, words) => {
  const runner = read(by);
  const alternatives = /\(([\w:|]+)\)/.exec(command.source)?.[1]?.split('|') ?? [''];
  expect(
    alternatives.map((each) => words.replace('$1', each)).filter((each) => !runner.includes(each)),
  ).toEqual([]);
});

test('the checks of documents detect unknown commands, options and anchors', async () => {
  expect(await areArgumentsAccepted(['refresh', 'kis-main'])).toBe(true);
  expect(await areArgumentsAccepted(['refresh'])).toBe(false);
  expect(await areArgumentsAccepted(['renew', 'kis-main'])).toBe(false);
  expect(await areArgumentsAccepted(['revoke', 'kis-main', '--no-issue'])).toBe(false);
  expect(findTokensCommands('`npm run tokens -- explain kis-main --at "08:50"`')).toEqual([
    ['explain', 'kis-main', '--at', '08:50'],
  ]);
  expect([...headingAnchors('# A\n## What is *wrong*, 요금?\n### A\n')]).toEqual([
    'a',
    'what-is-wrong-요금',
    'a-1',
  ]);
  expect(commandsOf({ language: 'sh', text: '# needs AWS\na b \\\n  c && d # why\nX=$(e f)' })).toEqual([
    'a b c',
    'd',
    'e f',
  ]);
});

/** Returns the links whose text names a Markdown file other than the target, as `<name> → <target>`. */
function misnamedLinks(text: string): readonly string[] {
  return [...withoutCodeBlocks(text).matchAll(/\[([^[\]]*)\]\(([^)\s]+)\)/g)].flatMap(
    ([, label = '', target = '']) => {
      const name = /[\w-]+\.md/.exec(label)?.[0];
      return name === undefined || name === basename(target.split('#')[0] ?? '')
        ? []
        : [`${name} → ${target}`];
    },
  );
}

/** Returns whether the command line accepts these arguments. The function runs no command. */
async function areArgumentsAccepted(args: readonly string[]): Promise<boolean> {
  const program = createProgram(async () => {}, '0');
  const silent = (command: typeof program): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    for (const each of command.commands) silent(each as typeof program);
  };
  silent(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0;
  }
}
