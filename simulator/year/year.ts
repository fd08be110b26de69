import { BAD_YEAR, type FaultRates, generateFaults } from './fault-model.ts';
import { measureRun, type RunMeasures } from './measures.ts';
import { type Policy, type RunOptions, runPolicy } from './run-policy.ts';
import type { Scenario } from './scenario.ts';

const DAY = 24 * 60 * 60 * 1000;
/** The start of the simulated year, which contains both changes of US daylight saving time. */
const START = Date.parse('2027-01-01T00:00:00+09:00');

export interface YearOptions extends RunOptions {
  readonly days: number;
  readonly policy: Policy;
  readonly seed: number;
  /** @default BAD_YEAR */
  readonly faultRates?: FaultRates;
}

/**
 * Simulates one run. The seed determines the start time and the faults, so equal seeds give equal results.
 */
export async function simulate(scenario: Scenario, options: YearOptions): Promise<RunMeasures> {
  const { days, policy, seed, faultRates = BAD_YEAR } = options;
  const from = START + ((seed * 7919) % 1440) * 60_000;
  const faults = generateFaults(
    faultRates,
    { from, to: from + days * DAY },
    scenario.checkEverySeconds * 1000,
    seed,
  );
  return measureRun(scenario, policy, await runPolicy(scenario, policy, faults, options));
}
