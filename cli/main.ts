import { text } from 'node:stream/consumers';
import { CommanderError } from 'commander';
import { resolveEndpoints } from '../lambdas/brokers/endpoints.ts';
import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';
import { Aws } from './aws/aws.ts';
import { clientSettings } from './aws/client-settings.ts';
import type { CliContext } from './cli-context.ts';
import { CliError, CommandFailedError, UsageError } from './cli-error.ts';
import { type CliClock, cliClock } from './clock.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type Commands, createProgram, type GlobalOptions } from './program.ts';
import { createPrompts } from './terminal/prompts.ts';
import { createTerminal } from './terminal/terminal.ts';
import { iso } from './time.ts';

/** What a process has: replaced as a whole in tests. */
export type Process = Pick<
  NodeJS.Process,
  'argv' | 'env' | 'stdin' | 'stdout' | 'stderr' | 'on' | 'off' | 'exit'
>;

const WATCH_EVERY = 10;

/** Runs one command line to its end. Whatever happens, it ends with a line and a code, never with a stack trace. */
export async function main(process: Process, version: string, clock: CliClock = cliClock): Promise<ExitCode> {
  const ending = new AbortController();
  // The first time it is ended in good order; who presses it again wants it at once.
  const interrupted = () => (ending.signal.aborted ? process.exit(EXIT.interrupted) : ending.abort());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupted);
  // A reader that went away, such as `head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    ending.abort();
  });

  let code: ExitCode = EXIT.ok;
  const program = createProgram(commandsOf(process, clock, ending.signal), version, (result) => {
    code = result;
  });
  const everywhere = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
  for (const command of everywhere)
    command.exitOverride().configureOutput({
      writeErr: (line) => process.stderr.write(line),
      writeOut: (line) => process.stdout.write(line),
    });
  try {
    await program.parseAsync([...process.argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return tell(process, program.opts<GlobalOptions>(), error, ending.signal);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, interrupted);
  }
}

function commandsOf(process: Process, clock: CliClock, signal: AbortSignal): Commands {
  const within = async (
    options: GlobalOptions,
    work: (context: CliContext) => Promise<ExitCode>,
  ): Promise<ExitCode> => {
    const context = contextOf(process, clock, options, signal);
    try {
      return await work(context);
    } finally {
      await context.aws.close();
    }
  };
  return {
    status: (options, id, { watch }) =>
      within(options, async (context) => {
        const { status } = await import('./status/status-command.ts');
        return status(context, id, { watch: watch === true ? WATCH_EVERY : watch });
      }),
    explain: (options, id, own) =>
      within(options, async (context) =>
        (await import('./explain/explain-command.ts')).explain(context, id, own),
      ),
    refresh: (options, id, own) =>
      within(options, async (context) =>
        (await import('./request/request-commands.ts')).refreshCommand(context, id, own),
      ),
    revoke: (options, id, own) =>
      within(options, async (context) =>
        (await import('./request/request-commands.ts')).revokeCommand(context, id, own),
      ),
    resume: (options, id, own) =>
      within(options, async (context) =>
        (await import('./request/request-commands.ts')).resumeCommand(context, id, own),
      ),
    put: (options, id, own) =>
      within(options, async (context) => {
        const { put } = await import('./put/put-command.ts');
        const { verify = false, yes = false, wait, timeout } = own;
        if (own.stdin && process.stdin.isTTY)
          throw new UsageError(
            '--stdin is for a pipe: what is typed would be seen.',
            'Leave it out, and the key is asked for without an echo.',
          );
        const stdin = own.stdin ? await text(process.stdin) : undefined;
        return put(context, id, { stdin, verify, yes, wait, timeout });
      }),
    show: (options, id, { reveal = false }) =>
      within(options, async (context) =>
        (await import('./show/show-command.ts')).showToken(context, id, { reveal }),
      ),
    doctor: (options) =>
      within(options, async (context) => (await import('./doctor/doctor-command.ts')).doctor(context)),
    add: (options, id, own) =>
      within(options, async (context) => (await import('./fleet/add-command.ts')).add(context, id, own)),
    remove: (options, id, own) =>
      within(options, async (context) =>
        (await import('./fleet/remove-command.ts')).remove(context, id, own),
      ),
    probe: (options, id, own) =>
      within(options, async (context) => (await import('./probe/probe-command.ts')).probe(context, id, own)),
  };
}

function contextOf(
  process: Process,
  clock: CliClock,
  options: GlobalOptions,
  signal: AbortSignal,
): CliContext {
  const { env: environment } = process;
  const prompts = createPrompts(process, signal);
  const terminal = createTerminal(process, environment, options.color);
  const askMfaCode = terminal.interactive
    ? (serial: string) => prompts.code(`Code of the device ${serial}`)
    : undefined;
  return {
    aws: new Aws(options, () => clientSettings(options, environment, askMfaCode)),
    clock,
    terminal,
    prompts,
    endpoints: resolveEndpoints(environment),
    prefix: options.prefix,
    stack: options.stack,
    json: options.json ?? false,
    signal,
    program: environment['npm_lifecycle_event'] === 'tokens' ? 'npm run tokens --' : 'npx broker-tokens',
    environment,
  };
}

/** The end of a command that did not come to its own. */
function tell(process: Process, options: GlobalOptions, error: unknown, signal: AbortSignal): ExitCode {
  const { paintErr, err, out } = createTerminal(process, process.env, options.color);
  if (!(error instanceof CliError)) {
    if (signal.aborted) {
      err('Interrupted.\n');
      return EXIT.interrupted;
    }
    const known = error instanceof BrokerTokensError ? error.message : undefined;
    err(`${paintErr('red', '✖')} ${known ?? `Internal error: ${whereabouts(error)}. Please report it.`}\n`);
    return EXIT.aws;
  }
  const interrupted = error.exitCode === EXIT.interrupted;
  err(`${interrupted ? '' : `${paintErr('red', '✖')} `}${error.message} ${error.fix}\n`);
  if (options.json) {
    const allowedAt = error instanceof CommandFailedError ? iso(error.allowedAt) : undefined;
    out(
      `${JSON.stringify({ error: { code: error.code, message: error.message, fix: error.fix, allowedAt } })}\n`,
    );
  }
  return error.exitCode;
}

/** What kind of error, and where: its message might quote anything. */
function whereabouts(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = /\(?([^\s(]+:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  return frame === undefined
    ? error.name
    : `${error.name} at ${frame.replace(/^.*\/(?=[\w-]+\/[\w-]+\.)/, '')}`;
}
