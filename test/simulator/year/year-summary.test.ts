import { describe, expect, it } from 'vitest';
import type { Gap, RunMeasures } from '../../../simulator/year/measures.ts';
import { unmetObjectives } from '../../../simulator/year/objective.ts';
import { SCENARIOS, type Scenario } from '../../../simulator/year/scenario.ts';
import { summarizeYears } from '../../../simulator/year/year-summary.ts';

const [KIS] = SCENARIOS as readonly [Scenario];
const MINUTE = 60_000;
const gap = (minutes: number, kind: Gap['kind'], lead?: number): Gap => ({
  from: 0,
  to: minutes * MINUTE,
  kind,
  lead,
});
const ALARM = { name: 'ExpiringSoon', at: 1, budgetSpent: false, kind: 'false' } as const;

/** Summarizes years that need 380.9 issue calls each, with the given changes. */
function summarize(...years: readonly Partial<RunMeasures>[]) {
  const counts = { renewals: 380, renewalsInSessions: 0, issues: 381, minimumIssues: 380.9, forcedIssues: 0 };
  const others = {
    days: 365,
    gaps: [],
    deadInSessions: 0,
    kakaoTalkMessages: 381,
    alarms: [],
    decisions: [],
  };
  return summarizeYears(
    years.map((changes, index) => ({ seed: index + 1, measures: { ...counts, ...others, ...changes } })),
  );
}

/** Returns the objectives that several years with the same measures do not meet. */
const problemsOf = (years: number, changes: Partial<RunMeasures>) =>
  unmetObjectives(KIS, summarize(...Array.from({ length: years }, () => changes)));

describe('the summary of many years', () => {
  it('contains the seconds without a live token and the counts per year, the longest gap, and the lead time of the alarms', () => {
    const summary = summarize(
      { gaps: [gap(10, 'longOutage', 20 * MINUTE), gap(2, 'tokenInvalidated', MINUTE)] },
      { gaps: [gap(4, 'longOutage', 30 * MINUTE)] },
    );
    expect(summary).toMatchObject({
      years: 2,
      dead: 480,
      longest: 600,
      lead: { median: 30, least: 20 },
      violations: [],
    });
    expect(summary.deadOf).toEqual({ replacement: 0, longOutage: 420, tokenInvalidated: 60, unexcused: 0 });
    expect(summary.availability).toBeCloseTo(1 - 480 / (365 * 86_400), 10);
  });

  it('can be computed from half a million gaps without a live token', () => {
    const gaps = Array.from({ length: 500_000 }, () => gap(0.02, 'replacement'));
    expect(summarize({ gaps }).longest).toBeCloseTo(1.2);
  });
});

describe('the objectives of the simulated years', () => {
  it('are met by a year in which all gaps without a live token result from long outages', () => {
    expect(problemsOf(1, {})).toEqual([]);
    expect(problemsOf(1, { gaps: [gap(90, 'longOutage')] })).toEqual([]);
  });

  it.each<[string, Partial<RunMeasures>, RegExp]>([
    ['an unexcused gap, and name its seed', { gaps: [gap(1, 'unexcused')] }, /seeds 1/],
    [
      'seconds without a live token at replacements, although the broker keeps the old token live',
      { gaps: [gap(0.02, 'replacement'), gap(0.02, 'replacement')] },
      /2\.4 s a year/,
    ],
    ['false alarms', { alarms: Array.from({ length: 5 }, () => ALARM) }, /5\.0 false alarms/],
    [
      '10 % more issue calls than needed',
      { issues: 420, minimumIssues: 381 },
      /420 issue calls: 381 are needed/,
    ],
  ])('are not met by %s', (_what, changes, problem) => {
    expect(problemsOf(1, changes)).toEqual([expect.stringMatching(problem)]);
  });

  it('allow 6 % more issue calls than needed in a sample of one year, but not in a sample of 200 years', () => {
    const issues = { issues: 404, minimumIssues: 381 };
    expect(problemsOf(1, issues)).toEqual([]);
    expect(problemsOf(200, issues)).toEqual([
      '80800 issue calls: 76200 are needed, faults cause 0, at most 80195 are allowed',
    ]);
  });

  it('do not count issue calls that faults cause', () => {
    expect(problemsOf(200, { issues: 404, minimumIssues: 381, forcedIssues: 5 })).toEqual([]);
    expect(problemsOf(200, { issues: 404, minimumIssues: 381, forcedIssues: 3 })).toHaveLength(1);
  });

  it('allow a few false alarms in a short sample, but not in a sample of 50 years', () => {
    expect(problemsOf(1, { days: 60, alarms: [ALARM] })).toEqual([]);
    expect(problemsOf(1, { alarms: Array.from({ length: 4 }, () => ALARM) })).toEqual([]);
    expect(problemsOf(50, { alarms: [ALARM, ALARM] })).toEqual(['2.0 false alarms a year']);
  });
});
