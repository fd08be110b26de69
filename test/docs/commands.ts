import type { CodeBlock } from './markdown.ts';

/** The first line of a code block with commands that need an AWS account. */
const NEEDS_AWS = /^# (?:needs AWS|AWS 필요)$/;

export const needsAws = ({ text }: CodeBlock): boolean => NEEDS_AWS.test(text.split('\n')[0] ?? '');

/**
 * A command in the documents, the file that runs the command, and a text in the file that proves that the
 * file runs the command.
 */
interface KnownCommand {
  readonly command: RegExp;
  readonly by: string;
  readonly words: string;
}

const ci = (command: RegExp, words: string): KnownCommand => ({ command, by: '.ci/run', words });

/**
 * The commands that a code block may contain without the line `# needs AWS`. CI runs the file in `by` on
 * every change, and the file runs the command.
 */
export const KNOWN_COMMANDS: readonly KnownCommand[] = [
  ci(/^npm ci$/, 'npm ci\n'),
  ci(/^npm start$/, 'npm start\n'),
  ci(/^npm start -- --kiwoom-reissue same-token$/, 'npm start -- --kiwoom-reissue same-token'),
  // CI runs `npm run coverage`, which runs the same tests as `npm test`.
  ci(/^npm test$/, 'npm run coverage\n'),
  { command: /^npm pack$/, by: 'test/package/pack.ts', words: "'npm', ['pack'" },
  ci(/^npm run (check|synth|coverage|docs|test:deploy|test:package|test:clients)$/, 'npm run $1\n'),
  ci(/^npm run test:aws -- --emulator --yes$/, 'npm run test:aws -- --emulator --yes'),
  // `test/aws/practice.test.ts` checks the option --keep and the printed text.
  {
    command: /^npm run test:aws -- --emulator --keep$/,
    by: 'test/aws/practice.test.ts',
    words: "'--emulator', '--yes', '--keep'",
  },
  ci(/^npm run simulate -- --seeds \d+$/, 'npm run simulate -- --seeds'),
  {
    command: /^npm run brokers(?: -- .+)?$/,
    by: 'test/simulator/brokers/brokers-command.test.ts',
    words: "'simulator', 'brokers.ts'",
  },
  {
    command: /^npm run local$/,
    by: 'test/clients/local.test.ts',
    words: "'simulator', 'local.ts'",
  },
  // The test file in `by` runs the code blocks of docs/local-development.md.
  ...[
    /^aws ssm get-parameter --name \/broker-tokens\/\w+-paper\/token --with-decryption/,
    /^aws secretsmanager get-secret-value --secret-id "\$BROKER_TOKENS_APP_KEY_KIS_PAPER"$/,
    /^curl --data .+\/simulator\/(?:options|kill-token)"$/,
  ].map((command) => ({ command, by: 'test/clients/local.test.ts', words: "'local-development.md'" })),
];

/** The commands that a block with `# needs AWS` may contain. */
export const AWS_COMMAND =
  /^(?:aws [a-z0-9-]+ [a-z-]+(?: |$)|npx cdk (?:bootstrap|deploy|diff|destroy)(?: --app .+)?$|(?:npm run (?:--silent )?tokens --|npx broker-tokens) |npm ci$|npm run test:aws$|git (?:pull|checkout) ?|export AWS_)/;

/**
 * Returns the commands of a code block. The function omits comments, joins continued lines, splits `a && b`,
 * and extracts the command from `NAME=$(…)`.
 */
export function commandsOf({ text }: CodeBlock): readonly string[] {
  return text
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)#.*$/, '').trim())
    .flatMap((line) => line.split(/ && /))
    .map((line) => /^[A-Z_]+=\$\((.*)\)$/.exec(line)?.[1] ?? line)
    .filter((line) => line !== '');
}

/** Returns the arguments of every `tokens` command in a text. */
export function findTokensCommands(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/(?:npm run (?:--silent )?tokens --|npx broker-tokens)((?: [^\n`|)#]+)?)/g)]
    .map(([, args = '']) =>
      [...args.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
    )
    .filter((args) => args.length > 0 && !args.includes('…'));
}
