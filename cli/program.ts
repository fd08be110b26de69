import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_PARAMETER_PREFIX } from '../lambdas/shared/names.ts';
import { parseDuration } from '../lib/config/duration.ts';
import type { ExitCode } from './exit.ts';
import type { AddFlags } from './fleet/build-config.ts';
import { parseInstant, SECOND } from './time.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly profile?: string;
  readonly region?: string;
  readonly prefix: string;
  readonly stack: string;
  readonly endpointUrl?: string;
  readonly json?: true;
  readonly color: boolean;
}

/** What the commands do; the program only reads the command line. */
export interface Commands {
  status(options: GlobalOptions, id: string | undefined, own: { watch?: number | true }): Promise<ExitCode>;
  explain(options: GlobalOptions, id: string, own: { at?: number }): Promise<ExitCode>;
  refresh(options: GlobalOptions, id: string, own: { reason?: string; timeout?: number }): Promise<ExitCode>;
  revoke(
    options: GlobalOptions,
    id: string,
    own: { reissue: boolean; yes?: true; timeout?: number },
  ): Promise<ExitCode>;
  resume(options: GlobalOptions, id: string, own: { timeout?: number }): Promise<ExitCode>;
  put(
    options: GlobalOptions,
    id: string,
    own: { stdin?: true; verify?: true; wait: boolean; yes?: true; timeout?: number },
  ): Promise<ExitCode>;
  show(options: GlobalOptions, id: string, own: { reveal?: true }): Promise<ExitCode>;
  doctor(options: GlobalOptions): Promise<ExitCode>;
  add(options: GlobalOptions, id: string, own: AddFlags): Promise<ExitCode>;
  remove(options: GlobalOptions, id: string, own: { yes?: true }): Promise<ExitCode>;
  probe(options: GlobalOptions, id: string, own: ProbeFlags): Promise<ExitCode>;
}

export interface ProbeFlags {
  readonly quick?: true;
  readonly provokeRefusals?: true;
  readonly file?: string;
  readonly report?: string;
  readonly onALiveKey?: true;
  readonly yes?: true;
}

const EXIT_CODES = `
Exit codes:
  0    success
  1    the request failed; status, show: a credential is not healthy
  2    invalid command line, or a question without a terminal
  3    AWS: credentials, region, permission, network, nothing deployed
  130  ended by Ctrl-C

Times are KST unless they say otherwise. Nothing prints a token or a key but "show --reveal".`;

/** The command line as data: names, options, help. `done` gets the exit code of what was run. */
export function createProgram(commands: Commands, version: string, done: (code: ExitCode) => void): Command {
  const program = new Command('broker-tokens')
    .description('Operates the broker tokens that broker-token-refresher keeps in SSM Parameter Store.')
    .version(version)
    .option('--profile <name>', 'AWS profile, as the AWS CLI takes it')
    .option('--region <region>', 'AWS region, as the AWS CLI takes it')
    .addOption(
      new Option('--prefix <path>', 'parameter name prefix')
        .env('BROKER_TOKENS_PREFIX')
        .default(DEFAULT_PARAMETER_PREFIX)
        .argParser(parsePrefix),
    )
    .addOption(
      new Option('--stack <name>', 'name of the stack: queues, alarms and schedules begin with it')
        .env('BROKER_TOKENS_STACK')
        .default('BrokerTokens'),
    )
    .option('--endpoint-url <url>', 'another address for AWS, for emulators')
    .option('--json', 'answer in JSON')
    .option('--no-color', 'no colours; NO_COLOR does the same')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(see --help)')
    .helpCommand(false);
  program.configureHelp({ showGlobalOptions: true, sortSubcommands: false });

  const add = (name: string, description: string): Command => program.command(name).description(description);
  const timeout = () =>
    new Option('--timeout <duration>', 'how long to wait for the answer, such as 90s or 10m').argParser(
      parseMilliseconds,
    );
  // Options of the program come first, then what is the command's own.
  const run =
    <Own>(work: (options: GlobalOptions, id: string, own: Own) => Promise<ExitCode>) =>
    async (id: string, own: Own): Promise<void> =>
      done(await work(program.opts<GlobalOptions>(), id, own));

  add('status', 'the condition of all credentials, or of one')
    .argument('[id]', 'credential')
    .addOption(
      new Option('-w, --watch [seconds]', 'keep refreshing (default: every 10 s)').argParser(parseSeconds),
    )
    .action(run((options, id, own: { watch?: number | true }) => commands.status(options, id, own)));
  add('explain', 'what the next tick would do, and why; the renewals of seven days')
    .argument('<id>', 'credential')
    .addOption(
      new Option(
        '--at <time>',
        'at another time: "14:30", "2026-11-30 09:00" (KST), "+2h", ISO 8601',
      ).argParser(parseTime),
    )
    .action(run(commands.explain));
  add('refresh', 'ask for a new token now, and wait for it')
    .argument('<id>', 'credential')
    .option('--reason <text>', 'goes into the log')
    .addOption(timeout())
    .action(run(commands.refresh));
  add('revoke', 'invalidate the live token at the broker, and issue a new one')
    .argument('<id>', 'credential')
    .option('--no-reissue', 'issue no new one: the credential is paused until "resume"')
    .option('-y, --yes', 'do not ask')
    .addOption(timeout())
    .action(run(commands.revoke));
  add('resume', 'end a pause: issue a new token')
    .argument('<id>', 'credential')
    .addOption(timeout())
    .action(run(commands.resume));
  const credentials = program
    .command('credentials')
    .description('the app keys: "credentials put <id>" stores one');
  credentials.configureHelp({ showGlobalOptions: true }).helpCommand(false);
  credentials
    .command('put')
    .description('ask for an app key, check it and store it; it is never an argument')
    .argument('<id>', 'credential')
    .option('--stdin', 'read it as JSON from standard input')
    .option('--verify', 'first ask the broker for a token with it: one issue call, from this machine')
    .option('--no-wait', 'do not wait for the result at the refresher')
    .option('-y, --yes', 'do not ask')
    .addOption(timeout())
    .configureHelp({ showGlobalOptions: true })
    .action(run(commands.put));
  add('show', 'the facts of a token')
    .argument('<id>', 'credential')
    .option('--reveal', 'print the token, and only it, to standard output')
    .action(run(commands.show));
  add('doctor', 'diagnose the deployment: each finding with its fix').action(async () => {
    done(await commands.doctor(program.opts<GlobalOptions>()));
  });
  add('add', 'keep a token for one more app key, without a deployment')
    .argument('<id>', 'names the credential and its parameters')
    .requiredOption('--broker <name>', 'kis or kiwoom')
    .requiredOption('--market <name>', 'live or paper')
    .option('--secret <name>', 'secret with its app key (default: "broker-tokens/<id>")')
    .addOption(
      new Option(
        '--session <session>',
        'hours in which the token does not change: krx, nxt, us or JSON, repeatable, or none (default: nxt)',
      ).argParser((text: string, before: readonly string[] = []) => [...before, text]),
    )
    .option(
      '--renew-before <duration>',
      'how long before its expiry a token is renewed (default: that of the stack, else 1h for KIS live, 3h otherwise)',
    )
    .option(
      '--max-issues-per-day <number>',
      'issue calls in any 24 hours, 2 to 32 (default: 8 for KIS, 24 for Kiwoom)',
    )
    .option('--minimum-interval <duration>', 'KIS: least time between two issue calls')
    .option(
      '--renew-early <mode>',
      'a token that the broker returns at its renewal: revoke (default for Kiwoom) or wait',
    )
    .option('--allow-public-egress', 'Kiwoom, live: this key needs no registered address')
    .action(run(commands.add));
  add('remove', 'end a credential that was added; its secret stays')
    .argument('<id>', 'credential')
    .option('-y, --yes', 'do not ask')
    .action(run(commands.remove));
  add('probe', 'measure what the broker really does, where documents disagree, with a paper key')
    .argument('<id>', 'credential; it is paused meanwhile')
    .option('--quick', 'only what takes minutes')
    .option('--provoke-refusals', 'also call too early, once or twice, to see what happens')
    .option('--file <path>', 'where it remembers how far it came')
    .option('--report <directory>', 'where the report goes', '.')
    .option('--on-a-live-key', 'use a live key: tokens in use may end, and its owner gets messages')
    .option('-y, --yes', 'do not ask')
    .action(run(commands.probe));
  return program;
}

function parsePrefix(text: string): string {
  if (/^\/[\w./-]*[\w.-]$/.test(text)) return text;
  throw new InvalidArgumentError('It begins with "/" and does not end with one, such as /broker-tokens.');
}

function parseMilliseconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError('A duration is "90s", "10m" or "1h".');
  return seconds * SECOND;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 2 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('Whole seconds, 2 to 3600.');
}

function parseTime(text: string): number {
  const instant = parseInstant(text, Date.now());
  if (instant !== undefined) return instant;
  throw new InvalidArgumentError(
    'Such as "14:30" or "2026-11-30 09:00" (KST), "+2h", or ISO 8601 with its zone.',
  );
}
