import { type CliContext, printJson } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { summarizeCredential } from '../credential-summary.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { SECOND } from '../time.ts';
import type { Snapshot } from './overview.ts';
import { read, render, snapshotJson } from './status-command.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const REST_OF_LINE = '\x1b[K';
const REST_OF_SCREEN = '\x1b[J';

/**
 * Status that goes on until Ctrl-C. AWS is asked each `interval`; on a screen the clock runs in between.
 * Trouble with AWS is shown and waited out: a console that was left open must come back by itself.
 */
export async function watchStatus(
  context: CliContext,
  id: string | undefined,
  interval: number,
): Promise<ExitCode> {
  // What is wrong from the start is no trouble that passes.
  let snapshot = await read(context, id);
  const screen = context.terminal.screen && !context.json;
  if (screen) context.terminal.out(ENTER);
  try {
    let problem: string | undefined;
    let nextRead = context.clock.now() + interval;
    show(context, snapshot, id, problem, screen);
    for (;;) {
      const now = context.clock.now();
      await context.clock.sleepUntil(screen ? Math.min(nextRead, now + SECOND) : nextRead, context.signal);
      if (context.clock.now() >= nextRead) {
        try {
          snapshot = await read(context, id);
          problem = undefined;
        } catch (error) {
          if (!(error instanceof CliError)) throw error;
          problem = error.message;
        }
        nextRead = context.clock.now() + interval;
        show(context, snapshot, id, problem, screen);
      } else if (screen) show(context, later(snapshot, context.clock.now()), id, problem, screen);
    }
  } catch (error) {
    if (context.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    if (screen) context.terminal.out(LEAVE);
  }
}

/** The same facts, judged at another time. */
function later(snapshot: Snapshot, now: number): Snapshot {
  return {
    ...snapshot,
    now,
    summaries: snapshot.summaries.map(({ credential }) => summarizeCredential(credential, now)),
  };
}

function show(
  context: CliContext,
  snapshot: Snapshot,
  id: string | undefined,
  problem: string | undefined,
  screen: boolean,
): void {
  const { terminal } = context;
  if (context.json) {
    printJson(context, { ...snapshotJson(snapshot), ...(problem !== undefined && { problem }) });
    return;
  }
  const foot = problem === undefined ? [] : ['', terminal.paint('yellow', `Not renewed: ${problem}`)];
  const lines = [...render(context, snapshot, id), ...foot];
  if (!screen) {
    terminal.out(`${lines.join('\n')}\n\n`);
    return;
  }
  const height = terminal.height() ?? lines.length;
  const hint = terminal.paint('dim', 'Ctrl-C ends this');
  const shown = [...lines.slice(0, height - 2), '', hint].map((line) => line + REST_OF_LINE);
  terminal.out(HOME + shown.join('\n') + REST_OF_SCREEN);
}
