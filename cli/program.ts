import { Command, Option } from 'commander';
import { BROKERS, MARKETS } from '../lambdas/shared/credential.ts';
import { DEFAULT_PARAMETER_PREFIX } from '../lambdas/shared/names.ts';
import type { AwsOptions } from './aws/client-settings.ts';
import type { CliContext } from './cli-context.ts';
import type { ExitCode } from './cli-error.ts';
import {
  parseInteger,
  parseMilliseconds,
  parsePrefix,
  parseSeconds,
  parseSession,
  parseTime,
} from './option-parsers.ts';

export interface GlobalOptions extends AwsOptions {
  readonly prefix: string;
  readonly stack: string;
  readonly json?: true;
  readonly color: boolean;
}

/** A function that runs a command. `commandOptions` contains the options that only this command has. */
export type RunCommand = (context: CliContext, id: never, commandOptions: never) => Promise<ExitCode>;

/** A function that loads and runs a command. The tests of the documentation pass their own function. */
export type ExecuteCommand = (
  options: GlobalOptions,
  load: () => Promise<RunCommand>,
  id: string | undefined,
  commandOptions: object,
) => Promise<void>;

interface CommandEntry {
  /** The name of the command with its argument, such as `credentials put <id>`. */
  readonly usage: string;
  readonly summary: string;
  readonly argument?: string;
  readonly options?: readonly Option[];
  readonly load: () => Promise<RunCommand>;
}

const createOption = (flags: string, description: string, parse?: (text: string) => unknown): Option =>
  parse === undefined ? new Option(flags, description) : new Option(flags, description).argParser(parse);

const yesOption = () => createOption('-y, --yes', 'do not ask for a confirmation');
const timeoutOption = () =>
  createOption(
    '--timeout <duration>',
    'how long to wait for the result, such as 90s or 10m',
    parseMilliseconds,
  );

const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'status [id]',
    summary: 'show the status of all credentials, or of one',
    load: async () => (await import('./status/status-command.ts')).status,
  },
  {
    usage: 'explain <id>',
    summary: 'show the action of the next tick, its reasons, and the renewals of seven days',
    options: [
      createOption(
        '--at <time>',
        'at another time: "14:30", "2026-11-30 09:00" (KST), "+2h", ISO 8601',
        parseTime,
      ),
    ],
    load: async () => (await import('./explain/explain-command.ts')).explain,
  },
  {
    usage: 'refresh <id>',
    summary: 'request a new token now, and wait for it',
    options: [createOption('--reason <text>', 'text for the log'), timeoutOption()],
    load: async () => (await import('./request/request-commands.ts')).runRefresh,
  },
  {
    usage: 'revoke <id>',
    summary: 'revoke the live token at the broker, and issue a new one',
    options: [
      createOption('--no-reissue', 'issue no new token: the credential is paused until "resume"'),
      yesOption(),
      timeoutOption(),
    ],
    load: async () => (await import('./request/request-commands.ts')).revoke,
  },
  {
    usage: 'resume <id>',
    summary: 'resume a paused credential: issue a new token',
    options: [timeoutOption()],
    load: async () => (await import('./request/request-commands.ts')).resume,
  },
  {
    usage: 'credentials put <id>',
    summary: 'prompt for an app key, validate it and store it; it is never an argument',
    options: [
      createOption('--stdin', 'read the key as JSON from standard input'),
      createOption('--no-wait', 'do not wait until the refresher has used the key'),
      yesOption(),
      timeoutOption(),
    ],
    load: async () => (await import('./put/put-command.ts')).put,
  },
  {
    usage: 'show <id>',
    summary: 'show the facts of a token',
    options: [createOption('--reveal', 'print the token, and nothing else, to standard output')],
    load: async () => (await import('./show/show-command.ts')).showToken,
  },
  {
    usage: 'doctor',
    summary: 'diagnose the deployment, with a fix for each finding',
    load: async () => (await import('./doctor/doctor-command.ts')).runDoctor,
  },
  {
    usage: 'alarm-test',
    summary: 'send a test notification to all subscriptions of the alarms',
    options: [yesOption()],
    load: async () => (await import('./alarm-test/alarm-test-command.ts')).runAlarmTest,
  },
  {
    usage: 'add <id>',
    summary: 'add a fleet credential, without a deployment',
    argument: 'id of the credential: part of its parameter names',
    options: [
      createOption('--broker <name>', 'broker').choices(BROKERS).makeOptionMandatory(),
      createOption('--market <name>', 'market').choices(MARKETS).makeOptionMandatory(),
      createOption('--secret <name>', 'secret with its app key (default: "broker-tokens/<id>")'),
      createOption(
        '--session <session>',
        'hours in which the token does not change: krx, nxt, us or JSON, repeatable, or none (default: nxt)',
      ).argParser(parseSession),
      createOption(
        '--renew-before <duration>',
        'margin: how long before its expiry a token is renewed (default: that of the stack, else 1h for KIS live, 3h otherwise)',
        parseSeconds,
      ),
      createOption(
        '--max-issues-per-day <number>',
        'issue calls in any 24 hours, 2 to 32 (default: 8 for KIS, 24 for Kiwoom)',
        parseInteger,
      ),
      createOption('--minimum-interval <duration>', 'KIS: least time between two issue calls', parseSeconds),
      createOption(
        '--renew-early <mode>',
        'if the broker returns the same token at its renewal: revoke it, or wait for its expiry (default: revoke for Kiwoom)',
      ).choices(['revoke', 'wait']),
      createOption('--allow-public-egress', 'Kiwoom, live: this key needs no registered IP address'),
    ],
    load: async () => (await import('./fleet/add-command.ts')).add,
  },
  {
    usage: 'remove <id>',
    summary: 'remove a fleet credential; its secret stays',
    options: [yesOption()],
    load: async () => (await import('./fleet/remove-command.ts')).remove,
  },
  {
    usage: 'probe <id>',
    summary: 'measure the behavior of a broker with a paper key',
    argument: 'credential; it is paused during the measurement',
    options: [
      createOption('--quick', 'only measurements that take minutes'),
      createOption('--provoke-rejections', 'also call too early, once or twice'),
      createOption('--report <directory>', 'directory of the report').default('.'),
      createOption('--on-a-live-key', 'use a live key: it ends live tokens and sends messages to its owner'),
      yesOption(),
    ],
    load: async () => (await import('./probe/probe-command.ts')).probe,
  },
];

const EXIT_CODES_HELP = `
Exit codes:
  0    success; status: every token is live, and no action is required
  1    the request failed; status, show: a token is not live, or action is
       required
  2    invalid command line, or a question without a terminal
  3    AWS: credentials, region, permission, network, nothing deployed
  130  ended by Ctrl-C

Times are KST unless they say otherwise. Only "show --reveal" prints a token,
and no command prints an app key.`;

export function createProgram(execute: ExecuteCommand, version: string): Command {
  const program = addGlobalOptions(new Command('broker-tokens').version(version));
  const groups = new Map<string, Command>();
  for (const entry of COMMANDS) {
    const [usage = '', group] = entry.usage.split(/ (?=\w)/).reverse();
    if (group !== undefined && !groups.has(group)) groups.set(group, addCommandGroup(program, group));
    const parent = (group === undefined ? undefined : groups.get(group)) ?? program;
    addCommand(parent, usage, entry, (id, commandOptions) =>
      execute(program.opts<GlobalOptions>(), entry.load, id, commandOptions),
    );
  }
  return program;
}

function addGlobalOptions(program: Command): Command {
  return program
    .description('Manages the tokens that broker-token-refresher keeps in SSM Parameter Store.')
    .option('--profile <name>', 'AWS profile, as in the AWS CLI')
    .option('--region <region>', 'AWS region, as in the AWS CLI')
    .addOption(
      new Option('--prefix <path>', 'parameter name prefix')
        .env('BROKER_TOKENS_PREFIX')
        .default(DEFAULT_PARAMETER_PREFIX)
        .argParser(parsePrefix),
    )
    .addOption(
      new Option('--stack <name>', 'name of the stack: prefix of the names of queues, alarms and schedules')
        .env('BROKER_TOKENS_STACK')
        .default('BrokerTokens'),
    )
    .option('--endpoint-url <url>', 'URL of an AWS emulator')
    .option('--json', 'print results as JSON')
    .option('--no-color', 'print without colors, like NO_COLOR')
    .addHelpText('after', EXIT_CODES_HELP)
    .showHelpAfterError('(see --help)')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false });
}

function addCommandGroup(program: Command, name: string): Command {
  const group = program.command(name).description('app keys: "credentials put <id>" stores one');
  return group.configureHelp({ showGlobalOptions: true }).helpCommand(false);
}

function addCommand(
  parent: Command,
  usage: string,
  { summary, argument = 'credential', options = [] }: CommandEntry,
  run: (id: string | undefined, commandOptions: object) => Promise<void>,
): void {
  const [name = '', id] = usage.split(' ');
  const command = parent.command(name).description(summary).configureHelp({ showGlobalOptions: true });
  if (id !== undefined) command.argument(id, argument);
  for (const each of options) command.addOption(each);
  command.action((...args: unknown[]) =>
    id === undefined
      ? run(undefined, args[0] as object)
      : run(args[0] as string | undefined, args[1] as object),
  );
}
