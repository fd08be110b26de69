import type { ResolveEndpoint } from '../lambdas/brokers/endpoints.ts';
import type { Aws } from './aws/aws.ts';
import { CommandFailedError, UsageError } from './cli-error.ts';
import type { Prompts } from './terminal/prompts.ts';
import type { Terminal } from './terminal/terminal.ts';
import type { CliClock } from './time.ts';

export interface CliContext {
  readonly aws: Aws;
  readonly clock: CliClock;
  readonly terminal: Terminal;
  readonly prompts: Prompts;
  /** Returns the broker URL that `probe` calls. */
  readonly resolveEndpoint: ResolveEndpoint;
  readonly prefix: string;
  /** The prefix of the names of queues, alarms and schedules; by default the name of the stack. */
  readonly stack: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** The command name to show in hints, such as `npx broker-tokens`. */
  readonly program: string;
}

/** Returns the parameter prefix and the region for a message, such as `/broker-tokens in ap-northeast-2`. */
export function parametersLocation({ aws, prefix }: CliContext): string {
  return `${prefix}${aws.region === undefined ? '' : ` in ${aws.region}`}`;
}

/** @throws CommandFailedError if the operator does not confirm; UsageError without a terminal */
export async function requireConfirmation(context: CliContext, question: string, yes?: boolean) {
  const { prompts, terminal } = context;
  if (yes) return;
  if (!terminal.canPrompt)
    throw new UsageError(`A confirmation is needed, and there is no terminal: ${question}`, 'Pass --yes.');
  if (!(await prompts.confirm(question)))
    throw new CommandFailedError('Not confirmed.', 'Nothing was changed.');
}

/** Prints a result: a JSON value if `--json` was passed, otherwise lines of text. */
export function printResult({ json, terminal }: CliContext, value: unknown, lines: readonly string[]) {
  const indent = terminal.outIsTerminal ? 2 : undefined;
  const text = json ? JSON.stringify(value, undefined, indent) : lines.join('\n');
  terminal.out(`${text}\n`);
}

export function printSuccess({ terminal }: CliContext, text: string): void {
  terminal.err(`${terminal.paintErr('green', '✔')} ${text}\n`);
}

export function printWarning({ terminal }: CliContext, text: string): void {
  terminal.err(`${terminal.paintErr('yellow', '▲')} ${text}\n`);
}
