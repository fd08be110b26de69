import { serveTasks } from '../worker-pool.ts';
import { behaviorOf } from './behaviors.ts';
import { type Counterexample, type Progress, search } from './search.ts';
import type { StartSituation } from './starts.ts';

/** The input of one search. */
export interface Job {
  readonly behavior: string;
  readonly starts: readonly StartSituation[];
  readonly depth: number;
}

/** The result of a finished search. Each line of the `--resume` file contains one result. */
export interface FinishedJob {
  readonly job: Job;
  readonly progress: Progress;
  readonly seconds: number;
  readonly found?: Counterexample | undefined;
}

// Each simulated fault creates an Error, and its unused stack trace would slow down the search.
Error.stackTraceLimit = 0;

serveTasks(async (job: Job): Promise<FinishedJob> => {
  const startedAt = Date.now();
  let progress: Progress = { depth: 0, reached: 0, distinct: 0 };
  const { behavior, ...options } = job;
  const onProgress = (latest: Progress): void => {
    progress = latest;
  };
  const found = await search(behaviorOf(behavior), { ...options, onProgress });
  return { job, progress, seconds: (Date.now() - startedAt) / 1000, found };
});
