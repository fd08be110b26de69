/** One step of a run, and its result. */
export interface Result {
  readonly guarantee: string;
  readonly onlyAccount: boolean;
  readonly status: 'passed' | 'failed' | 'not reached';
  readonly seconds: number;
  /** What was seen, or the error. */
  readonly detail: string | undefined;
}

export interface ExecutableStep {
  readonly guarantee: string;
  readonly onlyAccount?: true;
  /** Later steps need this one. */
  readonly required?: true;
  run(signal: AbortSignal): Promise<string | undefined>;
}

export interface Execution {
  readonly steps: readonly ExecutableStep[];
  /** Runs once, whatever happened before. */
  readonly cleanUp: () => Promise<LeftBehind>;
  readonly print: (line: string) => void;
  /** Aborted by Ctrl-C, and when the time is over. */
  readonly signal: AbortSignal;
}

/** What exists after the cleanup. */
export interface LeftBehind {
  /** What the plan said: without charge, or of use to later deployments. */
  readonly kept: readonly string[];
  /** What could not be deleted. */
  readonly undeleted: readonly string[];
}

export interface Executed {
  readonly results: readonly Result[];
  readonly left: LeftBehind;
}

/**
 * Runs the steps in order, and cleans up. A failed step does not end the run, unless a later step needs it. An
 * aborted signal ends the current step, and the rest is not reached.
 */
export async function execute({ steps, cleanUp, print, signal }: Execution): Promise<Executed> {
  const results: Result[] = [];
  let left: LeftBehind;
  try {
    let isReachable = true;
    for (const step of steps) {
      const result: Result = isReachable && !signal.aborted ? await runStep(step, signal) : notReached(step);
      if (result.status === 'failed' && step.required) isReachable = false;
      results.push(result);
      print(lineOf(result));
    }
  } finally {
    print(signal.aborted ? `Stopped: ${reasonOf(signal)}. Deleting everything…` : 'Deleting everything…');
    left = await cleanUp();
  }
  return { results, left };
}

async function runStep(step: ExecutableStep, signal: AbortSignal): Promise<Result> {
  const { guarantee } = step;
  const onlyAccount = step.onlyAccount ?? false;
  const start = Date.now();
  const end = (status: Result['status'], detail: string | undefined): Result => {
    return { guarantee, onlyAccount, status, seconds: Math.round((Date.now() - start) / 1000), detail };
  };
  try {
    return end('passed', await orAborted(step.run(signal), signal));
  } catch (error) {
    if (signal.aborted) return end('not reached', reasonOf(signal));
    return end('failed', error instanceof Error ? error.message : String(error));
  }
}

/** A step that does not listen to the signal must not delay the cleanup. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error(reasonOf(signal)));
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function notReached({ guarantee, onlyAccount }: ExecutableStep): Result {
  const none = { seconds: 0, detail: undefined };
  return { guarantee, onlyAccount: onlyAccount ?? false, status: 'not reached', ...none };
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}

const SIGNS = { passed: '✔', failed: '✖', 'not reached': '–' } as const;

function lineOf({ status, guarantee, seconds, detail, onlyAccount }: Result): string {
  const text = detail === undefined ? '' : `\n    ${detail.replaceAll('\n', '\n    ')}`;
  return `${SIGNS[status]} ${guarantee}${onlyAccount ? '*' : ''} (${seconds} s)${text}`;
}

/** The end of the report. */
export function summary({ results, left }: Executed, platform: 'AWS' | 'MiniStack'): string {
  const failed = results.filter(({ status }) => status === 'failed').length;
  const open = results.filter(({ status }) => status === 'not reached').length;
  const passed = results.length - failed - open;
  const proof =
    platform === 'AWS' ? 'only an account proves it' : 'only an account proves it, and this was an emulator';
  return [
    `${passed} passed, ${failed} failed, ${open} not reached. *: ${proof}.`,
    ...section('Left behind as planned:', left.kept),
    ...section('NOT DELETED; delete it by hand, or run the command again that failed:', left.undeleted),
    ...(left.undeleted.length === 0 ? ['Everything else is deleted.'] : []),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** 0: every step passed, and everything is deleted. */
export function exitCodeOf({ results, left }: Executed, isInterrupted: boolean): number {
  if (isInterrupted) return 130;
  return left.undeleted.length === 0 && results.every(({ status }) => status === 'passed') ? 0 : 1;
}
