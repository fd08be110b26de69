import type { Gap, RunMeasures } from './measures.ts';

const MINUTE = 60_000;

/**
 * The summary of all runs of one scenario and policy. Times are in seconds per year, and counts are per year,
 * unless stated otherwise.
 */
export interface YearSummary {
  readonly years: number;
  /** The share of the time in which a live token was published. */
  readonly availability: number;
  readonly dead: number;
  readonly deadOf: Readonly<Record<Gap['kind'], number>>;
  readonly deadInSessions: number;
  /** The duration of the longest gap, in seconds. */
  readonly longest: number;
  readonly renewalsInSessions: number;
  readonly issuesPerDay: number;
  /** The number of issue calls divided by the smallest possible number of issue calls. */
  readonly issueRatio: number;
  /**
   * The numbers of issue calls in all years: all calls (`made`), the smallest possible number (`fewest`), and
   * the additional calls that faults and key rotations cause (`forced`).
   */
  readonly issues: { readonly made: number; readonly fewest: number; readonly forced: number };
  readonly kakaoTalk: number;
  readonly alarms: number;
  readonly budgetAlarms: number;
  readonly falseAlarms: number;
  /**
   * The median and the shortest time from the first alarm to a gap of the kind `longOutage`, in minutes; null
   * if no alarm preceded a gap of this kind.
   */
  readonly lead: { readonly median: number; readonly least: number } | null;
  /** The seeds with an unexcused gap. */
  readonly violations: readonly number[];
}

export interface SeedMeasures {
  readonly seed: number;
  readonly measures: RunMeasures;
}

export function summarizeYears(runs: readonly SeedMeasures[]): YearSummary {
  const all = runs.map(({ measures }) => measures);
  const days = sum(all.map((each) => each.days));
  const years = days / 365;
  const perYear = (pick: (measures: RunMeasures) => number) => sum(all.map(pick)) / years;
  const dead = (kind?: Gap['kind']) =>
    perYear(({ gaps }) => sum(gaps.filter((gap) => kind === undefined || gap.kind === kind).map(gapSeconds)));
  const gaps = all.flatMap((each) => each.gaps);
  const issues = {
    made: sum(all.map((each) => each.issues)),
    fewest: sum(all.map((each) => each.minimumIssues)),
    forced: sum(all.map((each) => each.forcedIssues)),
  };
  const leadMinutes = gaps.flatMap(({ kind, lead }) =>
    kind === 'longOutage' && lead !== undefined ? [lead / MINUTE] : [],
  );
  return {
    years,
    availability: 1 - dead() / (365 * 86_400),
    dead: dead(),
    deadOf: {
      replacement: dead('replacement'),
      longOutage: dead('longOutage'),
      tokenInvalidated: dead('tokenInvalidated'),
      unexcused: dead('unexcused'),
    },
    deadInSessions: perYear((each) => each.deadInSessions / 1000),
    longest: gaps.reduce((longest, gap) => Math.max(longest, gapSeconds(gap)), 0),
    renewalsInSessions: perYear((each) => each.renewalsInSessions),
    issuesPerDay: issues.made / days,
    issueRatio: issues.made / issues.fewest,
    issues,
    kakaoTalk: perYear((each) => each.kakaoTalkMessages),
    alarms: perYear(({ alarms }) => alarms.length),
    budgetAlarms: perYear(({ alarms }) => alarms.filter(({ kind }) => kind === 'budget').length),
    falseAlarms: perYear(({ alarms }) => alarms.filter(({ kind }) => kind === 'false').length),
    lead:
      leadMinutes.length === 0
        ? null
        : { median: median(leadMinutes), least: leadMinutes.reduce((least, lead) => Math.min(least, lead)) },
    violations: runs
      .filter(({ measures }) => measures.gaps.some(({ kind }) => kind === 'unexcused'))
      .map(({ seed }) => seed),
  };
}

/** Seconds. */
function gapSeconds({ from, to }: Gap): number {
  return (to - from) / 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
