import { describe, expect, it } from 'vitest';
import { BAD_YEAR, type FaultPlan, generateFaults, NO_FAULTS } from '../../../simulator/year/fault-model.ts';
import { measureRun } from '../../../simulator/year/measures.ts';
import { brokenObjectives } from '../../../simulator/year/objective.ts';
import { OTHER_POLICIES } from '../../../simulator/year/policies.ts';
import { runPolicy } from '../../../simulator/year/run-policy.ts';
import { SCENARIOS, type Scenario } from '../../../simulator/year/scenario.ts';
import { simulate } from '../../../simulator/year/year.ts';
import { summarizeYears } from '../../../simulator/year/year-summary.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const FROM = Date.parse('2027-03-01T09:00:00+09:00');
const named = (name: string): Scenario => {
  const found = SCENARIOS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${name}`);
  return found;
};
const KIS = named('kis-no-sessions');

/** No faults but what is given. */
function faults(days: number, trouble: Partial<FaultPlan> = {}): FaultPlan {
  return { ...generateFaults(NO_FAULTS, { from: FROM, to: FROM + days * DAY }, 300_000, 1), ...trouble };
}

describe('the simulated year', () => {
  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s: a bad quarter keeps every promise',
    async (_name, scenario) => {
      const measures = await simulate(scenario, { days: 90, policy: 'ours', seed: 1 });
      expect(brokenObjectives(scenario, summarizeYears([{ seed: 1, measures }]))).toEqual([]);
    },
    30_000,
  );

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s: leaving out ticks that find nothing to do changes nothing',
    async (_name, scenario) => {
      const faultRates = { ...BAD_YEAR, outagesPerYear: 300, stallsPerYear: 200, rotationsPerYear: 40 };
      const options = { days: 10, policy: 'ours', seed: 11, faultRates } as const;
      const all = await simulate(scenario, { ...options, skipIdle: false });
      expect(await simulate(scenario, options)).toEqual(all);
      expect(all.renewals).toBeGreaterThan(8);
    },
    30_000,
  );

  it('is the same for the same seed, and another for another', async () => {
    const once = await simulate(KIS, { days: 60, policy: 'ours', seed: 5 });
    expect(await simulate(KIS, { days: 60, policy: 'ours', seed: 5 })).toEqual(once);
    expect(await simulate(KIS, { days: 60, policy: 'ours', seed: 6 })).not.toEqual(once);
  });

  it('counts the seconds of an outage that is longer than the margin covers, excuses them, and gives the time of the first alarm', async () => {
    const outage = { from: FROM + 22.5 * HOUR, to: FROM + 26 * HOUR, kind: 'http-500' } as const;
    const { gaps } = measureRun(KIS, 'ours', await runPolicy(KIS, 'ours', faults(2, { broker: [outage] })));
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ kind: 'trouble', from: FROM + 24 * HOUR });
    expect(Math.abs((gaps[0]?.to ?? 0) - outage.to)).toBeLessThanOrEqual(5 * 60_000);
    expect(gaps[0]?.lead).toBeGreaterThan(25 * 60_000);
  });

  it.each([4, 8, 12])(
    'replaces an expired token with the first ticks after an outage of %i hours that lost every answer',
    async (hours) => {
      const outage = { from: FROM + 23 * HOUR, to: FROM + (23 + hours) * HOUR, kind: 'cut' } as const;
      const { gaps } = measureRun(KIS, 'ours', await runPolicy(KIS, 'ours', faults(3, { broker: [outage] })));
      expect(gaps).toHaveLength(1);
      expect((gaps[0]?.to ?? 0) - outage.to).toBeLessThanOrEqual(10 * 60_000);
    },
  );

  it('does not excuse a gap after an outage that the margin covers', async () => {
    const lived = await runPolicy(KIS, 'ours', faults(2));
    const [first] = lived.world.publications;
    // As if the second token had never been published, with a short outage beside it.
    lived.world.publications.splice(0, lived.world.publications.length, ...(first ? [first] : []));
    const short = { from: FROM + 23 * HOUR, to: FROM + 23.5 * HOUR, kind: 'http-500' } as const;
    const forged = {
      ...lived,
      world: Object.assign(lived.world, { faults: faults(2, { broker: [short] }) }),
    };
    const measures = measureRun(KIS, 'ours', forged);
    expect(measures.gaps.map(({ kind }) => kind)).toEqual(['violation']);
    expect(brokenObjectives(KIS, summarizeYears([{ seed: 1, measures }]))[0]).toContain('seeds 1');
  });

  it('raises no alarm without faults, renews outside of sessions, and leaves gaps of two seconds at most', async () => {
    for (const scenario of SCENARIOS.filter(({ sickAtRenewal }) => sickAtRenewal === undefined)) {
      const measures = await simulate(scenario, { days: 20, policy: 'ours', seed: 2, faultRates: NO_FAULTS });
      expect([scenario.name, measures.alarms]).toEqual([scenario.name, []]);
      // Four hours of life end within a session of twelve.
      if (scenario.sessions.length > 0 && scenario.kiwoom?.tokenLifeSeconds === undefined)
        expect([scenario.name, measures.renewalsInSessions]).toEqual([scenario.name, 0]);
      for (const { from, to } of measures.gaps) expect(to - from).toBeLessThanOrEqual(2000);
    }
  });
});

const minutes = (spans: readonly { readonly from: number; readonly to: number }[]) =>
  spans.reduce((sum, { from, to }) => sum + (to - from) / 60_000, 0);

describe('the other ways to keep a token, under the same faults', () => {
  it.each(OTHER_POLICIES)('%s gets tokens, and asks the same broker', async (policy) => {
    const { world } = await runPolicy(named('kis-kills-old'), policy, faults(5));
    expect(world.publications.length).toBeGreaterThan(2);
    expect(world.broker.count('issue')).toBeGreaterThan(2);
  });

  it('blind-23h loses the rest of the day to an outage of ten minutes at the wrong time', async () => {
    const outage = { from: FROM + 22.9 * HOUR, to: FROM + 23.1 * HOUR, kind: 'html' } as const;
    const { gaps } = measureRun(
      KIS,
      'blind-23h',
      await runPolicy(KIS, 'blind-23h', faults(3, { broker: [outage] })),
    );
    expect(gaps.map(({ from, to }) => Math.round((to - from) / HOUR))).toEqual([22]);
  });

  it('on-demand-utc holds a token for alive nine hours after its end', async () => {
    const { unserved = [] } = await runPolicy(KIS, 'on-demand-utc', faults(3));
    expect(minutes(unserved)).toBeGreaterThan(400);
    expect((await runPolicy(KIS, 'on-demand', faults(3))).unserved).toEqual([]);
  });

  it('on-demand-two: with a broker that ends the old token, two programs end each other', async () => {
    const { unserved = [] } = await runPolicy(named('kiwoom-supersede'), 'on-demand-two', faults(3));
    expect(minutes(unserved)).toBeGreaterThan(400);
  });
});
