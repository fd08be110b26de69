import { type CliContext, printResult } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Snapshot } from './overview.ts';
import { readSnapshot, renderSnapshot, snapshotJson } from './snapshot.ts';

/** Control sequence of a terminal: clears the screen and moves the cursor to its start. */
const CLEAR = '\x1b[2J\x1b[H';

/** `status --watch`: reads and prints the status each `interval` milliseconds until Ctrl-C. */
export async function watchStatus(
  context: CliContext,
  id: string | undefined,
  interval: number,
): Promise<ExitCode> {
  const { clock, signal } = context;
  let snapshot = await readSnapshot(context, id);
  let problem: string | undefined;
  for (;;) {
    show(context, snapshot, id, problem);
    try {
      await clock.sleepUntil(clock.now() + interval, signal);
      snapshot = await readSnapshot(context, id);
      problem = undefined;
    } catch (error) {
      if (signal.aborted) return EXIT.interrupted;
      if (!(error instanceof CliError)) throw error;
      // AWS may answer the next read.
      problem = error.message;
    }
  }
}

/** On a screen, each status replaces the one before; on a pipe, it is printed below. */
function show(
  context: CliContext,
  snapshot: Snapshot,
  id: string | undefined,
  problem: string | undefined,
): void {
  const { json, terminal } = context;
  if (terminal.screen && !json) terminal.out(CLEAR);
  printResult(
    context,
    () => ({ ...snapshotJson(snapshot), ...(problem !== undefined && { problem }) }),
    () => [
      ...renderSnapshot(context, snapshot, id),
      ...(problem === undefined ? [] : ['', terminal.paint('yellow', `Not updated: ${problem}`)]),
      '',
    ],
  );
}
