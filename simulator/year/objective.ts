import { invalidatesOldToken, keepsUntilExpiry, type Scenario } from './scenario.ts';
import type { YearSummary } from './year-summary.ts';

/**
 * The accepted number of issue calls in addition to the minimum and to the calls that faults cause, as a
 * share of the minimum.
 */
const MAX_EXCESS_ISSUES = 0.05;
/** The accepted number of false alarms per year. */
const MAX_FALSE_ALARMS = 1;
/**
 * The number of standard deviations by which a count may exceed its mean; by chance, one sample in 700
 * exceeds this limit.
 */
const STANDARD_DEVIATIONS = 3;

/** Describes the objectives that the refresher does not meet. */
export function unmetObjectives(scenario: Scenario, summary: YearSummary): readonly string[] {
  const problems: string[] = [];
  const { violations, deadOf, falseAlarms, years } = summary;
  if (violations.length > 0)
    problems.push(`${violations.length} of the years have an unexcused gap (seeds ${violations.join(', ')})`);
  if (!invalidatesOldToken(scenario) && !keepsUntilExpiry(scenario) && deadOf.replacement > 1)
    problems.push(
      `${deadOf.replacement.toFixed(1)} s a year without a live token at replacements, although the broker keeps the old token live`,
    );
  const { made, fewest, forced } = summary.issues;
  const most = fewest + forced + statisticalUpperBound(MAX_EXCESS_ISSUES * fewest);
  if (made > most)
    problems.push(
      `${made} issue calls: ${Math.round(fewest)} are needed, faults cause ${forced}, at most ${Math.floor(most)} are allowed`,
    );
  if (falseAlarms * years > statisticalUpperBound(MAX_FALSE_ALARMS * years))
    problems.push(`${falseAlarms.toFixed(1)} false alarms a year`);
  return problems;
}

/** Returns the highest accepted value of a Poisson-distributed count with this mean. */
function statisticalUpperBound(mean: number): number {
  return mean + STANDARD_DEVIATIONS * Math.sqrt(mean);
}
