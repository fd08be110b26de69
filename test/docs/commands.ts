import type { CodeBlock } from './markdown.ts';

/** The first line of a code block with commands that need an AWS account. */
const NEEDS_AWS = /^# (?:needs AWS|AWS 필요)$/;

export const needsAws = ({ text }: CodeBlock): boolean => NEEDS_AWS.test(text.split('\n')[0] ?? '');

/**
 * The commands that a code block may contain without the line `# needs AWS`. For each command, the second
 * column names a file that CI runs on every change and that runs the command. The third column is a text in
 * this file that shows that the file runs the command.
 */
export const KNOWN_COMMANDS: readonly (readonly [command: RegExp, by: string, words: string])[] = [
  [/^npm ci$/, '.ci/run', 'npm ci\n'],
  [/^npm start$/, '.ci/run', 'npm start\n'],
  [/^npm start -- --kiwoom-reissue same-token$/, '.ci/run', 'npm start -- --kiwoom-reissue same-token'],
  // CI runs `npm run coverage`, which runs the same tests as `npm test`.
  [/^npm test$/, '.ci/run', 'npm run coverage\n'],
  [/^npm pack$/, 'test/package/pack.ts', "'npm', ['pack'"],
  [/^npm run (check|synth|coverage|docs|test:deploy|test:package|test:clients)$/, '.ci/run', 'npm run $1\n'],
  [/^npm run test:aws -- --emulator --yes$/, '.ci/run', 'npm run test:aws -- --emulator --yes'],
  // `test/aws/practice.test.ts` checks the option --keep and the printed text.
  [/^npm run test:aws -- --emulator --keep$/, 'test/aws/practice.test.ts', "'--emulator', '--yes', '--keep'"],
  [/^npm run simulate -- --seeds \d+$/, '.ci/run', 'npm run simulate -- --seeds'],
  [
    /^npm run brokers(?: -- .+)?$/,
    'test/simulator/brokers/brokers-command.test.ts',
    "'simulator', 'brokers.ts'",
  ],
  [/^npm run local$/, 'test/clients/local.test.ts', "'simulator', 'local.ts'"],
  // The test runs the code blocks of docs/local-development.md.
  ...[
    /^aws ssm get-parameter --name \/broker-tokens\/\w+-paper\/token --with-decryption/,
    /^aws secretsmanager get-secret-value --secret-id "\$BROKER_TOKENS_APP_KEY_KIS_PAPER"$/,
    /^curl --data .+\/simulator\/(?:options|kill-token)"$/,
  ].map((command) => [command, 'test/clients/local.test.ts', "'local-development.md'"] as const),
];

/** The commands that a block with `# needs AWS` may contain. */
export const AWS_COMMAND =
  /^(?:aws [a-z0-9-]+ [a-z-]+(?: |$)|npx cdk (?:bootstrap|deploy|diff|destroy)(?: --app .+)?$|(?:npm run (?:--silent )?tokens --|npx broker-tokens) |npm ci$|npm run test:aws$|git (?:pull|checkout) ?|export AWS_|rm key\.json$)/;

/**
 * Returns the commands of a code block. The function omits comments, joins continued lines, splits `a && b`,
 * and extracts the command from `NAME=$(…)`.
 */
export function commandsOf({ text }: CodeBlock): readonly string[] {
  return text
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)#.*$/, '').trim())
    .flatMap((line) => line.split(/ && (?=\w)/))
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
