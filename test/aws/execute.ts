import type { Scenario } from './scenario/scenario.ts';

/** One step of a run, and the guarantee that the step proves. */
export interface Step {
  /** The proven fact, as a complete sentence. */
  readonly guarantee: string;
  /** Set if only a run in an AWS account proves the guarantee. */
  readonly requiresAccount?: true;
  /** Set if later steps depend on this step. */
  readonly required?: true;
  /** @returns details for the report @throws Error if the guarantee is broken */
  run(scenario: Scenario): Promise<string | undefined> | Promise<void>;
}

interface StepResult {
  readonly step: Step;
  readonly status: 'passed' | 'failed' | 'not reached';
  readonly seconds: number;
  /** The details that the step returned, or its error message. */
  readonly detail: string | undefined;
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

type ExecutionResult = Awaited<ReturnType<typeof execute>>;

/**
 * Runs the steps in order, then cleans up exactly once, even if steps failed. A failed step does not end the
 * run, unless a later step depends on it. The aborted signal of the scenario ends the current step, and the
 * remaining steps are not run.
 */
export async function execute(execution: {
  readonly steps: readonly Step[];
  readonly scenario: Scenario;
  readonly cleanUp: () => Promise<RemainingResources>;
  readonly print: (line: string) => void;
}) {
  const { steps, scenario, cleanUp, print } = execution;
  const { signal } = scenario;
  const results: StepResult[] = [];
  let remainder: RemainingResources;
  try {
    for (const step of steps) {
      const isReachable = !results.some((result) => result.status === 'failed' && result.step.required);
      const result = await runStep(step, scenario, isReachable && !signal.aborted);
      results.push(result);
      print(resultLine(result));
    }
  } finally {
    print(signal.aborted ? `Stopped: ${reasonOf(signal)}. Deleting everything…` : 'Deleting everything…');
    remainder = await cleanUp();
  }
  return { results, remainder };
}

async function runStep(step: Step, scenario: Scenario, isReachable: boolean): Promise<StepResult> {
  const { signal } = scenario;
  const start = Date.now();
  const end = (status: StepResult['status'], detail?: string): StepResult => {
    return { step, status, seconds: Math.round((Date.now() - start) / 1000), detail };
  };
  if (!isReachable) return end('not reached');
  try {
    return end('passed', await rejectOnAbort(step.run(scenario), signal));
  } catch (error) {
    if (signal.aborted) return end('not reached', reasonOf(signal));
    return end('failed', error instanceof Error ? error.message : String(error));
  }
}

/**
 * Rejects as soon as the signal is aborted, so that a step that ignores the signal does not delay the
 * cleanup.
 */
async function rejectOnAbort(work: ReturnType<Step['run']>, signal: AbortSignal) {
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(new Error(reasonOf(signal)));
  signal.addEventListener('abort', stop);
  try {
    return (await Promise.race([work, aborted.promise])) ?? undefined;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}

const STATUS_SIGNS = { passed: '✔', failed: '✖', 'not reached': '–' } as const;

function resultLine({ step, status, seconds, detail }: StepResult): string {
  const text = detail === undefined ? '' : `\n    ${detail.replaceAll('\n', '\n    ')}`;
  return `${STATUS_SIGNS[status]} ${step.guarantee}${step.requiresAccount ? '*' : ''} (${seconds} s)${text}`;
}

/** Returns the last lines of the report. */
export function summary({ results, remainder }: ExecutionResult, platform: 'AWS' | 'MiniStack'): string {
  const counts = (['passed', 'failed', 'not reached'] as const).map(
    (each) => `${results.filter(({ status }) => status === each).length} ${each}`,
  );
  const emulator = platform === 'AWS' ? '' : ', and this was an emulator';
  return [
    `${counts.join(', ')}. *: only an account proves it${emulator}.`,
    describeRemainder(remainder),
  ].join('\n');
}

/** Describes the resources that the cleanup retained or could not delete. */
export function describeRemainder({ kept, undeleted }: RemainingResources): string {
  return [
    ...section('Left behind as planned:', kept),
    ...section('NOT DELETED; delete these resources by hand, or run the failed command again:', undeleted),
    ...(undeleted.length === 0 ? ['Everything else is deleted.'] : []),
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
