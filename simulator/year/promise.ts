import { keepsToItsEnd, type Scenario } from './scenario.ts';
import type { Summary } from './summary.ts';

/** Issues a day may be so much more than the broker's rule and the margin call for. */
const MOST_ISSUES = 1.05;
/** Alarms a year without any trouble. */
const MOST_FALSE_ALARMS = 1;

/** What a summary of our own policy breaks of what is promised; none if all is kept. */
export function broken(scenario: Scenario, summary: Summary): readonly string[] {
  const problems: string[] = [];
  const { violations, deadOf, issueRatio, falseAlarms } = summary;
  if (violations.length > 0)
    problems.push(
      `${violations.length} of the years had a gap that no long trouble excuses (seeds ${violations.join(', ')})`,
    );
  if (!killsOld(scenario) && !keepsToItsEnd(scenario) && deadOf.moment > 1)
    problems.push(
      `${deadOf.moment.toFixed(1)} s a year without a token at changes, where the old one lives on`,
    );
  const counted = scenario.sessions.length === 0 && !keepsToItsEnd(scenario);
  if (counted && issueRatio > MOST_ISSUES)
    problems.push(`${issueRatio.toFixed(3)} times the issues that are needed, ${MOST_ISSUES} are allowed`);
  if (falseAlarms > MOST_FALSE_ALARMS) problems.push(`${falseAlarms.toFixed(1)} false alarms a year`);
  return problems;
}

function killsOld({ kis, kiwoom, renewEarly }: Scenario): boolean {
  return kis?.newTokenKillsOld === true || kiwoom?.reissue === 'supersede' || renewEarly === 'revoke';
}
