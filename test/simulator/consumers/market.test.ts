import { describe, expect, it } from 'vitest';
import { type MarketOptions, trade } from '../../../simulator/consumers/market.ts';
import { generateFaults, NO_FAULTS } from '../../../simulator/year/fault-model.ts';
import { SCENARIOS, type Scenario } from '../../../simulator/year/scenario.ts';

const HOUR = 3_600_000;
const FROM = Date.parse('2027-03-01T09:00:00+09:00');
const [KIS] = SCENARIOS as readonly [Scenario];
const SUPERSEDE = SCENARIOS.find(({ name }) => name === 'kiwoom-supersede') ?? KIS;

function days(count: number, changes: Partial<MarketOptions> = {}) {
  const faults = generateFaults(NO_FAULTS, { from: FROM, to: FROM + count * 24 * HOUR }, 300_000, 1);
  return trade({
    scenario: SUPERSEDE,
    faults,
    storeOutages: [],
    kind: 'reader',
    consumers: 20,
    orderEvery: 600_000,
    seed: 1,
    ...changes,
  });
}

describe('programs that trade with the published token', () => {
  it('with the reader: no order fails through renewals that end the old token, with at most six reads a day', async () => {
    const result = await days(4);
    expect(result.orders).toBeGreaterThan(10_000);
    expect(result.failed).toBe(0);
    expect(result.readsPerConsumerAndDay).toBeLessThanOrEqual(6);
  });

  it('with the reader and an order a second round a renewal: still at most six reads a day', async () => {
    const result = await days(2, { orderEvery: 2_000, consumers: 1 });
    expect(result.failed).toBe(0);
    expect(result.readsPerConsumerAndDay).toBeLessThanOrEqual(6);
  });

  it('each generation is reported once at most, however many programs met it', async () => {
    const { reports } = await days(3, { consumers: 40, orderEvery: 120_000 });
    for (const [, count] of reports) expect(count).toBe(1);
  });

  it('with the reader an outage of Parameter Store costs a program that runs nothing', async () => {
    const storeOutages = [{ from: FROM + 5 * HOUR, to: FROM + 6 * HOUR }];
    expect((await days(1, { storeOutages })).failed).toBe(0);
    expect((await days(1, { storeOutages, kind: 'cache 5 s' })).failed).toBeGreaterThan(100);
  });

  it('a token that was read once, at the start, is dead a day later', async () => {
    expect((await days(3, { kind: 'once at start' })).failed).toBeGreaterThan(5_000);
  });

  it('a cache of five minutes uses a dead token for minutes after each renewal', async () => {
    const { staleUses } = await days(3, { kind: 'cache 300 s', orderEvery: 60_000, consumers: 20 });
    expect(staleUses).toBeGreaterThan((await days(3, { orderEvery: 60_000, consumers: 20 })).staleUses);
  });
});
