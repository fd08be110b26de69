import { type CliContext, printResult } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { summarizeCredential } from '../credential-summary.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { SECOND } from '../time.ts';
import type { Snapshot } from './overview.ts';
import { readSnapshot, renderSnapshot, snapshotJson } from './snapshot.ts';

// Control sequences of xterm.
const ALTERNATE_SCREEN = '\x1b[?1049h\x1b[?25l';
const MAIN_SCREEN = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/**
 * `status --watch`: reads AWS each `interval` milliseconds until Ctrl-C, and updates a screen each second.
 * An AWS error after the first read is shown, and the next read follows.
 */
export async function watchStatus(
  context: CliContext,
  id: string | undefined,
  interval: number,
): Promise<ExitCode> {
  const { clock, signal, terminal } = context;
  let snapshot = await readSnapshot(context, id);
  let problem: string | undefined;
  const isScreen = terminal.screen && !context.json;
  const show = isScreen ? showOnScreen : showBelow;
  if (isScreen) terminal.out(ALTERNATE_SCREEN);
  try {
    show(context, snapshot, id, problem);
    for (let nextRead = clock.now() + interval; ; ) {
      await clock.sleepUntil(isScreen ? Math.min(nextRead, clock.now() + SECOND) : nextRead, signal);
      if (clock.now() >= nextRead) {
        ({ snapshot, problem } = await readAgain(context, id, snapshot));
        nextRead = clock.now() + interval;
      } else snapshot = atTime(snapshot, clock.now());
      show(context, snapshot, id, problem);
    }
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    if (isScreen) terminal.out(MAIN_SCREEN);
  }
}

async function readAgain(
  context: CliContext,
  id: string | undefined,
  before: Snapshot,
): Promise<{ readonly snapshot: Snapshot; readonly problem: string | undefined }> {
  try {
    return { snapshot: await readSnapshot(context, id), problem: undefined };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { snapshot: before, problem: error.message };
  }
}

/** The same parameters at another time. */
function atTime(snapshot: Snapshot, now: number): Snapshot {
  const summaries = snapshot.summaries.map(({ credential }) => summarizeCredential(credential, now));
  return { ...snapshot, now, summaries };
}

function linesOf(
  context: CliContext,
  snapshot: Snapshot,
  id: string | undefined,
  problem?: string,
): string[] {
  const lines = renderSnapshot(context, snapshot, id);
  return problem === undefined
    ? lines
    : [...lines, '', context.terminal.paint('yellow', `Not updated: ${problem}`)];
}

/** On a pipe, each read is printed below the one before. */
function showBelow(context: CliContext, snapshot: Snapshot, id: string | undefined, problem?: string): void {
  printResult(
    context,
    () => ({ ...snapshotJson(snapshot), ...(problem !== undefined && { problem }) }),
    () => [...linesOf(context, snapshot, id, problem), ''],
  );
}

function showOnScreen(
  context: CliContext,
  snapshot: Snapshot,
  id: string | undefined,
  problem?: string,
): void {
  const { terminal } = context;
  const lines = linesOf(context, snapshot, id, problem);
  const height = terminal.height() ?? lines.length;
  const hint = terminal.paint('dim', 'Ctrl-C to exit');
  const shown = [...lines.slice(0, height - 2), '', hint].map((line) => line + CLEAR_LINE);
  terminal.out(HOME + shown.join('\n') + CLEAR_BELOW);
}
