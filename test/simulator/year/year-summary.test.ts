import { describe, expect, it } from 'vitest';
import type { Gap, RunMeasures } from '../../../simulator/year/measures.ts';
import { statisticalUpperBound, unmetObjectives } from '../../../simulator/year/objective.ts';
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

function measures(changes: Partial<RunMeasures>): RunMeasures {
  return {
    days: 365,
    gaps: [],
    deadInSessions: 0,
    renewals: 380,
    renewalsInSessions: 0,
    issues: 381,
    minimumIssues: 380.9,
    forcedIssues: 0,
    kakaoTalkMessages: 381,
    alarms: [],
    decisions: [],
    ...changes,
  };
}

describe('the summary of many years', () => {
  it('contains the seconds without a live token and the counts per year, the longest gap, and the lead time of the alarms', () => {
    const summary = summarizeYears([
      {
        seed: 1,
        measures: measures({
          gaps: [gap(10, 'longOutage', 20 * MINUTE), gap(2, 'tokenInvalidated', MINUTE)],
        }),
      },
      { seed: 2, measures: measures({ gaps: [gap(4, 'longOutage', 30 * MINUTE)] }) },
    ]);
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
    expect(summarizeYears([{ seed: 1, measures: measures({ gaps }) }]).longest).toBeCloseTo(1.2);
  });
});

describe('the objectives of the simulated years', () => {
  const problems = (changes: Partial<RunMeasures>) =>
    unmetObjectives(KIS, summarizeYears([{ seed: 7, measures: measures(changes) }]));

  it('are met by a year in which all gaps without a live token result from long outages', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ gaps: [gap(90, 'longOutage')] })).toEqual([]);
  });

  it.each<[string, Partial<RunMeasures>, RegExp]>([
    ['an unexcused gap, and name its seed', { gaps: [gap(1, 'unexcused')] }, /seeds 7/],
    [
      'seconds without a live token at replacements, although the broker keeps the old token live',
      { gaps: [gap(0.02, 'replacement'), gap(0.02, 'replacement')] },
      /2\.4 s a year/,
    ],
    [
      'false alarms',
      {
        alarms: [1, 2, 3, 4, 5].map((at) => ({
          name: 'ExpiringSoon',
          at,
          budgetSpent: false,
          kind: 'false',
        })),
      },
      /5\.0 false alarms/,
    ],
  ])('are not met by %s', (_what, changes, problem) => {
    expect(problems(changes)).toHaveLength(1);
    expect(problems(changes)[0]).toMatch(problem);
  });

  const years = (count: number, changes: Partial<RunMeasures>) =>
    unmetObjectives(
      KIS,
      summarizeYears(Array.from({ length: count }, (_, seed) => ({ seed, measures: measures(changes) }))),
    );

  it('allow 6 % more issue calls than needed in a sample of one year, but not in a sample of 200 years', () => {
    const issues = { issues: 404, minimumIssues: 381 };
    expect(years(1, issues)).toEqual([]);
    expect(years(200, issues)).toEqual([
      '80800 issue calls: 76200 are needed, faults cause 0, at most 80195 are allowed',
    ]);
  });

  it('are not met by 10 % more issue calls than needed in one year', () => {
    expect(years(1, { issues: 420, minimumIssues: 381 })[0]).toContain('420 issue calls: 381 are needed');
  });

  it('do not count issue calls that faults cause', () => {
    expect(years(200, { issues: 404, minimumIssues: 381, forcedIssues: 5 })).toEqual([]);
    expect(years(200, { issues: 404, minimumIssues: 381, forcedIssues: 3 })).toHaveLength(1);
  });

  it('allow a few false alarms in a short sample, but not in a sample of 50 years', () => {
    const alarm = { name: 'ExpiringSoon', at: 1, budgetSpent: false, kind: 'false' } as const;
    expect(problems({ days: 60, alarms: [alarm] })).toEqual([]);
    expect(problems({ alarms: Array.from({ length: 4 }, () => alarm) })).toEqual([]);
    expect(years(50, { alarms: [alarm, alarm] })).toEqual(['2.0 false alarms a year']);
  });

  it('use a statistical limit that approaches the mean as the sample grows', () => {
    expect(statisticalUpperBound(20) / 20).toBeCloseTo(1.67, 2);
    expect(statisticalUpperBound(4000) / 4000).toBeCloseTo(1.05, 2);
  });
});
