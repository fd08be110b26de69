import { parentPort } from 'node:worker_threads';
import type { Scenario } from './scenario.ts';
import { simulate, type YearOptions } from './year.ts';

/** One run; the worker replies with its measures. */
export interface Task {
  readonly scenario: Scenario;
  readonly options: YearOptions;
}

parentPort?.on('message', ({ scenario, options }: Task) => {
  simulate(scenario, options).then(
    (measures) => parentPort?.postMessage({ measures }),
    (error: unknown) => parentPort?.postMessage({ error: String((error as Error).stack) }),
  );
});
