import { serveTasks } from '../worker-pool.ts';
import type { Scenario } from './scenario.ts';
import { simulate, type YearOptions } from './year.ts';

/** One run of one scenario. */
export interface YearTask {
  readonly scenario: Scenario;
  readonly options: YearOptions;
}

serveTasks(({ scenario, options }: YearTask) => simulate(scenario, options));
