import { type LiveOptions, live, type Policy } from './live.ts';
import { type Measures, measure } from './measure.ts';
import type { Scenario } from './scenario.ts';
import { BAD_YEAR, type Climate, draw } from './weather.ts';

const DAY = 24 * 60 * 60 * 1000;
/** Both changes of daylight saving lie in the year that follows. */
const START = Date.parse('2027-01-01T00:00:00+09:00');

export interface YearOptions extends LiveOptions {
  readonly days: number;
  readonly policy: Policy;
  readonly seed: number;
  /** @default BAD_YEAR */
  readonly climate?: Climate;
}

/** One simulated time, begun at an hour of the day that the seed chooses; the same seed gives the same. */
export async function simulate(scenario: Scenario, options: YearOptions): Promise<Measures> {
  const { days, policy, seed, climate = BAD_YEAR } = options;
  const from = START + ((seed * 7919) % 1440) * 60_000;
  const weather = draw(climate, { from, to: from + days * DAY }, scenario.checkEverySeconds * 1000, seed);
  return measure(scenario, policy, await live(scenario, policy, weather, options));
}
