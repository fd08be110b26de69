import { expect, it } from 'vitest';
import { SCENARIOS } from '../../simulator/year/scenario.ts';
import { simulateTrading } from '../simulator/consumers/market.ts';

it.each(SCENARIOS)(
  'a program that uses the token every ten seconds reads Parameter Store at most six times a day, or three times per short-lived token ($name)',
  async (scenario) => {
    const result = await simulateTrading(scenario, { days: 3, consumers: 1, orderInterval: 10_000 });
    expect(result.orders).toBeGreaterThan(25_000);
    expect(result.failedOrders).toBe(0);
    const mostReads = scenario.kiwoom?.tokenLifeSeconds === undefined ? 6 : 22;
    expect(result.readsPerConsumerAndDay).toBeLessThanOrEqual(mostReads);
  },
);
