import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../../simulator/year/scenario.ts';
import { MARKET_START, type MarketOptions, type MarketResult, simulateTrading } from './market.ts';

const HOUR = 3_600_000;

function run(name: string, options: Partial<MarketOptions>): Promise<MarketResult> {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return simulateTrading(scenario, { days: 2, consumers: 20, orderInterval: 600_000, ...options });
}

describe('simulated programs that place orders with a token from the reader', () => {
  it.each(['kis-live', 'kiwoom-same-token', 'kiwoom-supersede', 'kiwoom-wait'])(
    'place every order despite renewals (%s)',
    async (name) => {
      const result = await run(name, { days: 4 });
      expect(result.orders).toBeGreaterThan(10_000);
      expect(result.failedOrders).toBe(0);
    },
  );

  it('report a rejected token only once if many programs use the token', async () => {
    const { reports, rejectedRequests } = await run('kiwoom-supersede', {
      consumers: 40,
      orderInterval: 120_000,
    });
    expect(rejectedRequests).toBeGreaterThan(0);
    for (const [, count] of reports) expect(count).toBe(1);
  });

  it('can place all orders during an outage of Parameter Store', async () => {
    const outages = [{ from: MARKET_START + 5 * HOUR, to: MARKET_START + 6 * HOUR }];
    expect((await run('kiwoom-supersede', { days: 1, outages })).failedOrders).toBe(0);
  });
});
