import { describe, expect, it } from 'vitest';
import {
  BAD_YEAR,
  type BrokerFault,
  type FaultPlan,
  generateFaults,
  NO_FAULTS,
} from '../../../simulator/year/fault-model.ts';
import { measureRun } from '../../../simulator/year/measures.ts';
import { unmetObjectives } from '../../../simulator/year/objective.ts';
import { OTHER_POLICIES } from '../../../simulator/year/policies.ts';
import { type Policy, runPolicy } from '../../../simulator/year/run-policy.ts';
import { SCENARIOS, type Scenario } from '../../../simulator/year/scenario.ts';
import { simulate } from '../../../simulator/year/year.ts';
import { summarizeYears } from '../../../simulator/year/year-summary.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const FROM = Date.parse('2027-03-01T09:00:00+09:00');
const scenarioNamed = (name: string): Scenario => {
  const found = SCENARIOS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${name}`);
  return found;
};
const KIS = scenarioNamed('kis-no-sessions');

/** Creates a fault plan that contains only the given faults of the broker. */
function faults(days: number, ...broker: readonly BrokerFault[]): FaultPlan {
  return { ...generateFaults(NO_FAULTS, { from: FROM, to: FROM + days * DAY }, 300_000, 1), broker };
}

async function gapsOf(policy: Policy, plan: FaultPlan) {
  return measureRun(KIS, policy, await runPolicy(KIS, policy, plan)).gaps;
}

describe('the simulated year', () => {
  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    'meets every objective in a month with many faults (%s)',
    async (_name, scenario) => {
      const measures = await simulate(scenario, { days: 30, policy: 'refresher', seed: 1 });
      expect(unmetObjectives(scenario, summarizeYears([{ seed: 1, measures }]))).toEqual([]);
    },
  );

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    'gives the same results for %s if the option "skipIdle" is false',
    async (_name, scenario) => {
      const moreFaults = { outagesPerYear: 300, deliveryStallsPerYear: 200, rotationsPerYear: 40 };
      const faultRates = { ...BAD_YEAR, ...moreFaults };
      const options = { days: 10, policy: 'refresher', seed: 11, faultRates } as const;
      const all = await simulate(scenario, { ...options, skipIdle: false });
      expect(await simulate(scenario, options)).toEqual(all);
      expect(all.renewals).toBeGreaterThan(8);
    },
  );

  it('gives equal results for equal seeds, and different results for different seeds', async () => {
    const options = { days: 60, policy: 'refresher', seed: 5 } as const;
    const once = await simulate(KIS, options);
    expect(await simulate(KIS, options)).toEqual(once);
    expect(await simulate(KIS, { ...options, seed: 6 })).not.toEqual(once);
  });

  it('classifies a gap without a live token as excused if an outage was longer than the renewal margin', async () => {
    const outage = { from: FROM + 22.5 * HOUR, to: FROM + 26 * HOUR, kind: 'http-500' } as const;
    const gaps = await gapsOf('refresher', faults(2, outage));
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ kind: 'longOutage', from: FROM + 24 * HOUR });
    expect(Math.abs((gaps[0]?.to ?? 0) - outage.to)).toBeLessThanOrEqual(5 * 60_000);
    expect(gaps[0]?.lead).toBeGreaterThan(25 * 60_000);
  });

  it.each([4, 8, 12])(
    'replaces an expired token in the first ticks after an outage of %i hours in which every reply was lost',
    async (hours) => {
      const outage = { from: FROM + 23 * HOUR, to: FROM + (23 + hours) * HOUR, kind: 'cut' } as const;
      const gaps = await gapsOf('refresher', faults(3, outage));
      expect(gaps).toHaveLength(1);
      expect((gaps[0]?.to ?? 0) - outage.to).toBeLessThanOrEqual(10 * 60_000);
    },
  );

  it('classifies a gap without a live token as unexcused if the outage was shorter than the renewal margin', async () => {
    const run = await runPolicy(KIS, 'refresher', faults(2));
    // Removes all publications except the first, as if the refresher had published no token after a short
    // outage.
    run.world.publications.splice(1);
    const outage = { from: FROM + 23 * HOUR, to: FROM + 23.5 * HOUR, kind: 'http-500' } as const;
    run.world.faults = faults(2, outage);
    const measures = measureRun(KIS, 'refresher', run);
    expect(measures.gaps.map(({ kind }) => kind)).toEqual(['unexcused']);
    expect(unmetObjectives(KIS, summarizeYears([{ seed: 1, measures }]))[0]).toContain('seeds 1');
  });

  it('has no alarm, no renewal in a session and no gap of more than two seconds without a live token if no fault occurs', async () => {
    for (const scenario of SCENARIOS.filter(({ renewalOutages }) => renewalOutages === undefined)) {
      const options = { days: 20, policy: 'refresher', seed: 2, faultRates: NO_FAULTS } as const;
      const measures = await simulate(scenario, options);
      expect([scenario.name, measures.alarms]).toEqual([scenario.name, []]);
      // Tokens with a lifetime of four hours expire within a session of twelve hours.
      if (scenario.sessions.length > 0 && scenario.kiwoom?.tokenLifeSeconds === undefined)
        expect([scenario.name, measures.renewalsInSessions]).toEqual([scenario.name, 0]);
      for (const { from, to } of measures.gaps) expect(to - from).toBeLessThanOrEqual(2000);
    }
  });
});

const minutes = (spans: readonly { readonly from: number; readonly to: number }[]) =>
  spans.reduce((sum, { from, to }) => sum + (to - from) / 60_000, 0);

describe('in the simulated year, the alternative renewal policy', () => {
  it.each(Object.keys(OTHER_POLICIES) as (keyof typeof OTHER_POLICIES)[])(
    '%s gets tokens from the same simulated broker as the refresher',
    async (policy) => {
      const { world } = await runPolicy(scenarioNamed('kis-invalidates-old'), policy, faults(5));
      expect(world.publications.length).toBeGreaterThan(2);
      expect(world.broker().count('issue')).toBeGreaterThan(2);
    },
  );

  it('"blind-23h" has no live token for 22 hours after an outage of twelve minutes during a renewal', async () => {
    const outage = { from: FROM + 22.9 * HOUR, to: FROM + 23.1 * HOUR, kind: 'html' } as const;
    const gaps = await gapsOf('blind-23h', faults(3, outage));
    expect(gaps.map(({ from, to }) => Math.round((to - from) / HOUR))).toEqual([22]);
  });

  it('"on-demand-utc" uses a token for hours after the expiry of the token', async () => {
    const { periodsWithoutToken = [] } = await runPolicy(KIS, 'on-demand-utc', faults(3));
    expect(minutes(periodsWithoutToken)).toBeGreaterThan(400);
    expect((await runPolicy(KIS, 'on-demand', faults(3))).periodsWithoutToken).toEqual([]);
  });

  it("on-demand-two runs two programs that invalidate each other's tokens if a new token invalidates the old token", async () => {
    const supersede = scenarioNamed('kiwoom-supersede');
    const { periodsWithoutToken = [] } = await runPolicy(supersede, 'on-demand-two', faults(3));
    expect(minutes(periodsWithoutToken)).toBeGreaterThan(400);
  });
});
