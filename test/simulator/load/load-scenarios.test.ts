import { describe, expect, it } from 'vitest';
import { DEFAULT_LOAD_OPTIONS, type LoadOptions, QUOTA_SETS } from '../../../simulator/load/load-options.ts';
import { runLoadScenario } from '../../../simulator/load/load-scenarios.ts';

const HOUR = 3600;

const [DEFAULT_QUOTAS, NEW_ACCOUNT] = QUOTA_SETS as readonly [LoadOptions['quotas'], LoadOptions['quotas']];

function simulate(
  scenario: Parameters<typeof runLoadScenario>[0],
  credentials: number,
  options: Partial<LoadOptions> = {},
) {
  return runLoadScenario(scenario, {
    ...DEFAULT_LOAD_OPTIONS,
    quotas: DEFAULT_QUOTAS,
    credentials,
    ...options,
  });
}

describe('a simulated fleet within the default quotas of AWS', () => {
  it('keeps every token of 1,000 credentials live if all renewals are due at once', async () => {
    const { expired, callsPerToken, wait, overdue } = await simulate('expire', 1000);
    expect({ expired, callsPerToken, overdue }).toEqual({ expired: 0, callsPerToken: 1, overdue: 0 });
    // Each of the 1,000 credentials needs three parameter writes, and AWS allows three writes per second, so
    // the last token is published after 1,000 s at the earliest.
    expect(wait.longest).toBeGreaterThan(1000);
    expect(wait.longest).toBeLessThan(HOUR);
  });

  it('issues the first tokens of 1,000 new credentials with one broker call per credential', async () => {
    const result = await simulate('created', 1000);
    expect(result).toMatchObject({ callsPerToken: 1, mostCalls: 1, overdue: 0, withoutMetrics: 0 });
  });

  it('keeps every token of 10,000 credentials live on a normal day, but exceeds the default quota of parameters', async () => {
    const settings = { checkEverySeconds: 720, renewBeforeSeconds: 3 * HOUR };
    const result = await simulate('calm', 10_000, settings);
    expect(result).toMatchObject({ expired: 0, lost: 0, withoutMetrics: 0, parameters: 3 });
    expect(result.used.reads.minute).toBeLessThan(0.7);
  });

  it('has no expired token after a broker outage of three hours, except tokens that expired during the outage', async () => {
    const { expired, expiredInOutage, overdue } = await simulate('outage', 1000);
    expect({ expired, overdue }).toEqual({ expired: 0, overdue: 0 });
    expect(expiredInOutage).toBeGreaterThan(0);
    // 500 of the credentials use the broker with the outage. The outage lasts for three of the 23 hours
    // between two renewals, so fewer than 3/23 of these 500 tokens expire during the outage.
    expect(expiredInOutage).toBeLessThan(500 * (3 / 23));
  });

  it('keeps every token live in a new account, whose concurrency quota is ten', async () => {
    const result = await simulate('expire', 1000, { quotas: NEW_ACCOUNT });
    expect(result).toMatchObject({ expired: 0, overdue: 0, used: { concurrency: { second: 1 } } });
    expect(result.queue.deepest).toBeGreaterThan(100);
  });
});

describe('a simulated fleet beyond a quota', () => {
  it('loses ticks if all ticks start in the same second, but none if the ticks are spread over a minute', async () => {
    const together = await simulate('calm', 1000, { spread: 'minute' });
    expect(together.lost).toBeGreaterThan(0.3);
    const window = await simulate('calm', 1000, { spread: 'window' });
    expect(window).toMatchObject({ expired: 0, withoutMetrics: 0 });
    expect(window.lost).toBeLessThan(0.001);
  });

  it('loses ticks if 1,000 programs read Parameter Store every five seconds, but none if the programs use the caching reader', async () => {
    const uncached = await simulate('calm', 300, { otherReads: 1000 / 5 });
    expect(uncached.used.reads.second).toBe(1);
    expect(uncached.lost).toBeGreaterThan(0.2);
    // The reader of the package reads Parameter Store six times a day in each program.
    const cached = await simulate('calm', 300, { otherReads: (1000 * 6) / 86_400 });
    expect(cached).toMatchObject({ expired: 0, lost: 0 });
  });

  it('has expired tokens if all renewals are due at once and take longer than the renewal margin', async () => {
    const { expired } = await simulate('expire', 1000, { renewBeforeSeconds: 900 });
    expect(expired).toBeGreaterThan(0);
  });
});

describe('the load simulation', () => {
  it.each(QUOTA_SETS)('exceeds no quota of the quota set "$name" in any second', async (given) => {
    const { used } = await simulate('created', 300, { quotas: given, spread: 'minute' });
    for (const { second, minute } of Object.values(used)) {
      expect(second).toBeLessThanOrEqual(1);
      expect(minute).toBeLessThanOrEqual(1);
    }
    expect(used.writes.second).toBe(1);
  });

  it('gives equal results for equal seeds, and different results for different seeds', async () => {
    const first = await simulate('outage', 100);
    expect(await simulate('outage', 100)).toEqual(first);
    expect(await simulate('outage', 100, { seed: 2 })).not.toEqual(first);
  });
});
