import { endsOldToken, keepsToItsEnd, type Scenario } from './scenario.ts';
import type { YearSummary } from './year-summary.ts';

/** Issue calls beyond the fewest and those that faults force, as a share of the fewest. */
const MOST_EXCESS = 0.05;
/** Alarms a year without any trouble. */
const MOST_FALSE_ALARMS = 1;
/** Standard deviations: chance exceeds them in one of 700 samples. */
const CONFIDENCE = 3;

/** What the summary of our own policy breaks of the promises. */
export function brokenObjectives(scenario: Scenario, summary: YearSummary): readonly string[] {
  const problems: string[] = [];
  const { violations, deadOf, falseAlarms, years } = summary;
  if (violations.length > 0)
    problems.push(
      `${violations.length} of the years had a gap that no long trouble excuses (seeds ${violations.join(', ')})`,
    );
  if (!endsOldToken(scenario) && !keepsToItsEnd(scenario) && deadOf.moment > 1)
    problems.push(
      `${deadOf.moment.toFixed(1)} s a year without a token at changes, where the old one lives on`,
    );
  const { made, fewest, forced } = summary.issues;
  const most = fewest + forced + mostByChance(MOST_EXCESS * fewest);
  if (made > most)
    problems.push(
      `${made} issues, where ${Math.round(fewest)} are needed and faults force ${forced}: at most ${Math.floor(most)} are allowed`,
    );
  if (falseAlarms * years > mostByChance(MOST_FALSE_ALARMS * years))
    problems.push(`${falseAlarms.toFixed(1)} false alarms a year`);
  return problems;
}

/** Upper bound of a count that is Poisson-distributed with this mean: close to the mean in a large sample only. */
export function mostByChance(mean: number): number {
  return mean + CONFIDENCE * Math.sqrt(mean);
}
