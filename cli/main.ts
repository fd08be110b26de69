import { CommanderError } from 'commander';
import { createEndpointResolver } from '../lambdas/brokers/endpoints.ts';
import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';
import { Aws } from './aws/aws.ts';
import { resolveClientSettings } from './aws/client-settings.ts';
import type { CliContext } from './cli-context.ts';
import { CliError, CommandFailedError, EXIT_CODE, type ExitCode } from './cli-error.ts';
import { createProgram, type ExecuteCommand, type GlobalOptions } from './program.ts';
import { createPrompts } from './terminal/prompts.ts';
import { createTerminal } from './terminal/terminal.ts';
import { type CliClock, cliClock, iso } from './time.ts';

/** The members of `process` that a command uses. Tests replace them. */
export type CliProcess = Pick<
  NodeJS.Process,
  'argv' | 'env' | 'stdin' | 'stdout' | 'stderr' | 'on' | 'off' | 'exit'
>;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs one command line. Every error ends the process with one line and an exit code. */
export async function main(
  process: CliProcess,
  version: string,
  clock: CliClock = cliClock,
): Promise<ExitCode> {
  const interruption = new AbortController();
  const { signal } = interruption;
  // The first signal lets the command clean up; the second one ends the process at once.
  const interrupt = () => (signal.aborted ? process.exit(EXIT_CODE.interrupted) : interruption.abort());
  for (const each of SIGNALS) process.on(each, interrupt);
  // A program that reads the output, such as `head`, can close the pipe before the command ends.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    interruption.abort();
  });
  let code: ExitCode = EXIT_CODE.ok;
  const executeCommand: ExecuteCommand = async (options, load, id, commandOptions) => {
    const context = createContext(process, clock, options, signal);
    try {
      const run = await load();
      code = await run(context, id as never, commandOptions as never);
    } finally {
      await context.aws.close();
    }
  };
  const program = createProgram(executeCommand, version);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)])
    command.exitOverride().configureOutput({
      writeErr: (line) => process.stderr.write(line),
      writeOut: (line) => process.stdout.write(line),
    });
  try {
    await program.parseAsync([...process.argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.ok : EXIT_CODE.usage;
    return reportError(process, program.opts<GlobalOptions>(), error, signal);
  } finally {
    for (const each of SIGNALS) process.off(each, interrupt);
  }
}

function createContext(
  process: CliProcess,
  clock: CliClock,
  options: GlobalOptions,
  signal: AbortSignal,
): CliContext {
  const { env } = process;
  const prompts = createPrompts(process, signal);
  const terminal = createTerminal(process, env, options.color);
  const askMfaCode = terminal.canPrompt
    ? (serial: string) => prompts.secret(`MFA code of the device ${serial}`, '•')
    : undefined;
  return {
    aws: new Aws(options, () => resolveClientSettings(options, env, askMfaCode), signal),
    clock,
    terminal,
    prompts,
    resolveEndpoint: createEndpointResolver(env),
    prefix: options.prefix,
    stack: options.stack,
    json: options.json ?? false,
    signal,
    program: env['npm_lifecycle_event'] === 'tokens' ? 'npm run tokens --' : 'npx broker-tokens',
  };
}

function reportError(process: CliProcess, options: GlobalOptions, error: unknown, signal: AbortSignal) {
  const { paintErr, err, out } = createTerminal(process, process.env, options.color);
  const errorMark = `${paintErr('red', '✖')} `;
  if (error instanceof CliError) {
    const { code, message, fix, exitCode } = error;
    err(`${exitCode === EXIT_CODE.interrupted ? '' : errorMark}${message} ${fix}`.trimEnd().concat('\n'));
    const allowedAt = error instanceof CommandFailedError ? iso(error.allowedAt) : undefined;
    if (options.json) out(`${JSON.stringify({ error: { code, message, fix, allowedAt } })}\n`);
    return exitCode;
  }
  if (signal.aborted) {
    err('Interrupted.\n');
    return EXIT_CODE.interrupted;
  }
  const text =
    error instanceof BrokerTokensError
      ? error.message
      : `Internal error: ${describeUnexpectedError(error)}. Please report it.`;
  err(`${errorMark}${text}\n`);
  return EXIT_CODE.aws;
}

/** Returns the name and the location of an error, but not its message, which could contain a secret. */
function describeUnexpectedError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const sourceLocation = /\(?([^\s(]+:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1];
  const shortLocation = sourceLocation?.replace(/^.*\/(?=[\w-]+\/[\w-]+\.)/, '');
  return shortLocation === undefined ? error.name : `${error.name} at ${shortLocation}`;
}
