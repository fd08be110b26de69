import type { Gap, RunMeasures } from './measures.ts';

const MINUTE = 60_000;

export interface SeedMeasures {
  readonly seed: number;
  readonly measures: RunMeasures;
}

export type YearSummary = Readonly<ReturnType<typeof summarizeYears>>;

/**
 * Summarizes all runs of one scenario and policy. Times are in seconds per year, and counts are per year,
 * unless stated otherwise.
 */
export function summarizeYears(runs: readonly SeedMeasures[]) {
  const all = runs.map(({ measures }) => measures);
  const days = sum(all.map((each) => each.days));
  const years = days / 365;
  const perYear = (pick: (measures: RunMeasures) => number) => sum(all.map(pick)) / years;
  const dead = (kind?: Gap['kind']) =>
    perYear(({ gaps }) => sum(gaps.filter((gap) => kind === undefined || gap.kind === kind).map(gapSeconds)));
  const alarms = (kind?: RunMeasures['alarms'][number]['kind']) =>
    perYear((each) => each.alarms.filter((alarm) => kind === undefined || alarm.kind === kind).length);
  const gaps = all.flatMap((each) => each.gaps);
  const issues = {
    made: sum(all.map((each) => each.issues)),
    fewest: sum(all.map((each) => each.minimumIssues)),
    forced: sum(all.map((each) => each.forcedIssues)),
  };
  return {
    years,
    /** The share of the time in which a live token was published. */
    availability: 1 - dead() / (365 * 86_400),
    dead: dead(),
    deadOf: {
      replacement: dead('replacement'),
      longOutage: dead('longOutage'),
      tokenInvalidated: dead('tokenInvalidated'),
      unexcused: dead('unexcused'),
    },
    deadInSessions: perYear((each) => each.deadInSessions / 1000),
    /** The duration of the longest gap, in seconds. */
    longest: gaps.reduce((longest, gap) => Math.max(longest, gapSeconds(gap)), 0),
    renewalsInSessions: perYear((each) => each.renewalsInSessions),
    issuesPerDay: issues.made / days,
    /** The number of issue calls divided by the smallest possible number of issue calls. */
    issueRatio: issues.made / issues.fewest,
    /**
     * The numbers of issue calls in all years: all calls (`made`), the smallest possible number (`fewest`),
     * and the additional calls that faults and key rotations cause (`forced`).
     */
    issues,
    kakaoTalk: perYear((each) => each.kakaoTalkMessages),
    alarms: alarms(),
    budgetAlarms: alarms('budget'),
    falseAlarms: alarms('false'),
    lead: leadTimes(gaps),
    /** The seeds with an unexcused gap. */
    violations: runs
      .filter(({ measures }) => measures.gaps.some(({ kind }) => kind === 'unexcused'))
      .map(({ seed }) => seed),
  };
}

/**
 * Returns the median and the shortest time from the first alarm to a gap of the kind `longOutage`, in
 * minutes; null if no alarm preceded a gap of this kind.
 */
function leadTimes(gaps: readonly Gap[]): { readonly median: number; readonly least: number } | null {
  const minutes = gaps
    .flatMap(({ kind, lead }) => (kind === 'longOutage' && lead !== undefined ? [lead / MINUTE] : []))
    .sort((a, b) => a - b);
  const [least] = minutes;
  return least === undefined ? null : { median: minutes[Math.floor(minutes.length / 2)] ?? least, least };
}

/** Seconds. */
function gapSeconds({ from, to }: Gap): number {
  return (to - from) / 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
