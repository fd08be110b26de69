import type { Endpoints } from '../lambdas/brokers/endpoints.ts';
import type { Aws } from './aws/aws.ts';
import { UsageError } from './cli-error.ts';
import type { CliClock } from './clock.ts';
import type { Prompts } from './terminal/prompts.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Everything a command has to do with the world; time, streams and clients come from here and nowhere else. */
export interface CliContext {
  readonly aws: Aws;
  readonly clock: CliClock;
  readonly terminal: Terminal;
  readonly prompts: Prompts;
  /** Where the brokers are reached, for proofs and probes. */
  readonly endpoints: Endpoints;
  /** Begin of the parameters' names. */
  readonly prefix: string;
  /** Begin of the names of queues, alarms and schedules: the name of the stack, unless it was told otherwise. */
  readonly stack: string;
  /** Answers are JSON. */
  readonly json: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** How this command line is called, for hints: `npx broker-tokens`. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Where we looked, for messages. */
export function location({ aws, prefix }: CliContext): string {
  return `${prefix}${aws.region === undefined ? '' : ` in ${aws.region}`}`;
}

/** Asks for a yes, unless it was given on the command line. @throws UsageError where nobody can be asked */
export async function confirm(
  context: CliContext,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes) return true;
  if (!context.terminal.interactive)
    throw new UsageError(`A question without a terminal: ${question}`, 'Pass --yes.');
  return context.prompts.confirm(question);
}

/** Writes one JSON value, a line by itself. */
export function printJson({ terminal }: CliContext, value: unknown): void {
  terminal.out(`${JSON.stringify(value, undefined, terminal.screen ? 2 : undefined)}\n`);
}
