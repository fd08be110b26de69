import type { MarginSweepPoint } from './availability-plot.ts';
import { BAD_YEAR, type FaultRates, NO_FAULTS } from './fault-model.ts';
import { runAll } from './pool.ts';
import type { Scenario } from './scenario.ts';
import { YearProgress } from './year-progress.ts';
import { summarizeYears } from './year-summary.ts';

/** How bad a year may be, from none of it to one that nobody has seen. */
export const FAULT_LEVELS = {
  fair: NO_FAULTS,
  mild: {
    ...BAD_YEAR,
    outagesPerYear: 12,
    outageMedian: 8,
    outageSigma: 1,
    maintenanceEveryDays: 28,
    maintenanceMinutes: 30,
  },
  bad: BAD_YEAR,
  awful: {
    ...BAD_YEAR,
    outagesPerYear: 150,
    outageMedian: 20,
    outageSigma: 1.3,
    maintenanceEveryDays: 7,
    maintenanceMinutes: 90,
  },
} as const satisfies Readonly<Record<string, FaultRates>>;

/** Minutes. With the session `nxt` KIS allows no more than five hours and a half. */
const MARGINS = [30, 60, 90, 120, 180, 240, 300];

export interface MarginSweepOptions {
  readonly days: number;
  readonly seeds: number;
  readonly workers: number;
  readonly stream: NodeJS.WriteStream;
}

/** The same lives with other margins. */
export async function sweepMargins(
  scenario: Scenario,
  { days, seeds, workers, stream }: MarginSweepOptions,
): Promise<readonly MarginSweepPoint[]> {
  const cases = (['mild', 'bad', 'awful'] as const).flatMap((faultLevel) =>
    MARGINS.map((margin) => ({ faultLevel, margin })),
  );
  const tasks = cases.flatMap(({ faultLevel, margin }) =>
    Array.from({ length: seeds }, (_, index) => ({
      scenario: { ...scenario, renewBeforeSeconds: margin * 60 },
      options: { days, policy: 'ours' as const, seed: index + 1, faultRates: FAULT_LEVELS[faultLevel] },
    })),
  );
  const progress = new YearProgress(tasks.length, stream);
  const measured = await runAll(tasks, workers, () => progress.step());
  progress.end();
  return cases.map(({ faultLevel, margin }, number) => {
    const own = measured
      .slice(number * seeds, (number + 1) * seeds)
      .map((measures, seed) => ({ seed, measures }));
    const { dead, issuesPerDay } = summarizeYears(own);
    return { faultLevel, margin, dead, issuesPerDay };
  });
}
