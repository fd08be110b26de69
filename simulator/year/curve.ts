import type { CurvePoint } from './plot.ts';
import { liveAll } from './pool.ts';
import { Progress } from './progress.ts';
import type { Scenario } from './scenario.ts';
import { summarize } from './summary.ts';
import { BAD_YEAR, type Climate, FAIR_WEATHER } from './weather.ts';

/** How bad a year may be, from none of it to one that nobody has seen. */
export const CLIMATES = {
  fair: FAIR_WEATHER,
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
} as const satisfies Readonly<Record<string, Climate>>;

/** Minutes. With the session `nxt` KIS allows no more than five hours and a half. */
const MARGINS = [30, 60, 90, 120, 180, 240, 300];

export interface CurveOptions {
  readonly days: number;
  readonly seeds: number;
  readonly workers: number;
  readonly stream: NodeJS.WriteStream;
}

/** The same lives with other margins. */
export async function curve(
  scenario: Scenario,
  { days, seeds, workers, stream }: CurveOptions,
): Promise<readonly CurvePoint[]> {
  const cases = (['mild', 'bad', 'awful'] as const).flatMap((climate) =>
    MARGINS.map((margin) => ({ climate, margin })),
  );
  const tasks = cases.flatMap(({ climate, margin }) =>
    Array.from({ length: seeds }, (_, index) => ({
      scenario: { ...scenario, renewBeforeSeconds: margin * 60 },
      options: { days, policy: 'ours' as const, seed: index + 1, climate: CLIMATES[climate] },
    })),
  );
  const progress = new Progress(tasks.length, stream);
  const measured = await liveAll(tasks, workers, () => progress.step());
  progress.end();
  return cases.map(({ climate, margin }, number) => {
    const own = measured
      .slice(number * seeds, (number + 1) * seeds)
      .map((measures, seed) => ({ seed, measures }));
    const { dead, issuesPerDay } = summarize(own);
    return { climate, margin, dead, issuesPerDay };
  });
}
