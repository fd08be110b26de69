/** The result of one step of a run. */
export interface StepResult {
  readonly guarantee: string;
  /** Whether only a run in an AWS account proves the guarantee. */
  readonly requiresAccount: boolean;
  readonly status: 'passed' | 'failed' | 'not reached';
  readonly seconds: number;
  /** The details that the step returned, or its error message. */
  readonly detail: string | undefined;
}

export interface ExecutableStep {
  readonly guarantee: string;
  /** Set if only a run in an AWS account proves the guarantee. */
  readonly requiresAccount?: true;
  /** Set if later steps depend on this step. */
  readonly required?: true;
  run(signal: AbortSignal): Promise<string | undefined>;
}

export interface Execution {
  readonly steps: readonly ExecutableStep[];
  /** The cleanup, which runs exactly once, even if steps failed. */
  readonly cleanUp: () => Promise<RemainingResources>;
  readonly print: (line: string) => void;
  /** The signal, which is aborted on Ctrl-C and when the time limit is reached. */
  readonly signal: AbortSignal;
}

/** The resources that remain after the cleanup. */
export interface RemainingResources {
  /**
   * The retained resources, which the plan lists. Each retained resource costs nothing, or later deployments
   * need the resource.
   */
  readonly kept: readonly string[];
  /** The resources that could not be deleted. */
  readonly undeleted: readonly string[];
}

export interface ExecutionResult {
  readonly results: readonly StepResult[];
  readonly remainder: RemainingResources;
}

/**
 * Runs the steps in order, then cleans up. A failed step does not end the run, unless a later step depends on
 * it. An aborted signal ends the current step, and the remaining steps are not run.
 */
export async function execute({ steps, cleanUp, print, signal }: Execution): Promise<ExecutionResult> {
  const results: StepResult[] = [];
  let remainder: RemainingResources;
  try {
    let isReachable = true;
    for (const step of steps) {
      const result: StepResult =
        isReachable && !signal.aborted ? await runStep(step, signal) : notReachedResult(step);
      if (result.status === 'failed' && step.required) isReachable = false;
      results.push(result);
      print(resultLine(result));
    }
  } finally {
    print(signal.aborted ? `Stopped: ${reasonOf(signal)}. Deleting everything…` : 'Deleting everything…');
    remainder = await cleanUp();
  }
  return { results, remainder };
}

async function runStep(step: ExecutableStep, signal: AbortSignal): Promise<StepResult> {
  const { guarantee } = step;
  const requiresAccount = step.requiresAccount ?? false;
  const start = Date.now();
  const end = (status: StepResult['status'], detail: string | undefined): StepResult => {
    return {
      guarantee,
      requiresAccount,
      status,
      seconds: Math.round((Date.now() - start) / 1000),
      detail,
    };
  };
  try {
    return end('passed', await rejectOnAbort(step.run(signal), signal));
  } catch (error) {
    if (signal.aborted) return end('not reached', reasonOf(signal));
    return end('failed', error instanceof Error ? error.message : String(error));
  }
}

/**
 * Rejects as soon as the signal is aborted, so that a step that ignores the signal does not delay the
 * cleanup.
 */
async function rejectOnAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const abortPromise = new Promise<never>((_, reject) => {
    stop = () => reject(new Error(reasonOf(signal)));
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, abortPromise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function notReachedResult({ guarantee, requiresAccount }: ExecutableStep): StepResult {
  const emptyResult = { seconds: 0, detail: undefined };
  return { guarantee, requiresAccount: requiresAccount ?? false, status: 'not reached', ...emptyResult };
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}

const STATUS_SIGNS = { passed: '✔', failed: '✖', 'not reached': '–' } as const;

function resultLine({ status, guarantee, seconds, detail, requiresAccount }: StepResult): string {
  const text = detail === undefined ? '' : `\n    ${detail.replaceAll('\n', '\n    ')}`;
  return `${STATUS_SIGNS[status]} ${guarantee}${requiresAccount ? '*' : ''} (${seconds} s)${text}`;
}

/** Returns the last lines of the report. */
export function summary({ results, remainder }: ExecutionResult, platform: 'AWS' | 'MiniStack'): string {
  const failedCount = results.filter(({ status }) => status === 'failed').length;
  const notReachedCount = results.filter(({ status }) => status === 'not reached').length;
  const passedCount = results.length - failedCount - notReachedCount;
  const footnote =
    platform === 'AWS' ? 'only an account proves it' : 'only an account proves it, and this was an emulator';
  return [
    `${passedCount} passed, ${failedCount} failed, ${notReachedCount} not reached. *: ${footnote}.`,
    describeRemainder(remainder),
  ].join('\n');
}

/** Describes the resources that the cleanup retained or could not delete. */
export function describeRemainder(remainder: RemainingResources): string {
  return [
    ...section('Left behind as planned:', remainder.kept),
    ...section(
      'NOT DELETED; delete these resources by hand, or run the failed command again:',
      remainder.undeleted,
    ),
    ...(remainder.undeleted.length === 0 ? ['Everything else is deleted.'] : []),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** Returns the exit code of a run, which is 0 if every step passed and all resources are deleted. */
export function exitCodeOf({ results, remainder }: ExecutionResult, isInterrupted: boolean): number {
  if (isInterrupted) return 130;
  return remainder.undeleted.length === 0 && results.every(({ status }) => status === 'passed') ? 0 : 1;
}
