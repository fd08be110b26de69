import { describe, expect, it } from 'vitest';
import { CallQuota } from '../../../simulator/load/call-quota.ts';
import { Random } from '../../../simulator/random.ts';

const SECOND = 1000;

/** Makes calls at intervals of `every` milliseconds. @returns the number of served calls in each second */
function countServedCalls(quota: CallQuota, seconds: number, every: number): number[] {
  const counts = new Array<number>(seconds).fill(0);
  for (let now = 0; now < seconds * SECOND; now += every)
    if (quota.take(now)) counts[Math.floor(now / SECOND)] = (counts[Math.floor(now / SECOND)] ?? 0) + 1;
  return counts;
}

describe('a simulated quota of calls per second', () => {
  it('serves exactly the allowed number of calls in each second of high demand', () => {
    const quota = new CallQuota(40, new Random(1, 1));
    expect(countServedCalls(quota, 3, 5)).toEqual([40, 40, 40]);
    expect(quota).toMatchObject({ throttled: 480, peak: 40, busiestMinute: 120 });
  });

  it('serves all calls while the demand is below the quota', () => {
    const quota = new CallQuota(40, new Random(1, 1), 10);
    expect(countServedCalls(quota, 3, 50)).toEqual([20, 20, 20]);
    expect(quota).toMatchObject({ throttled: 0, peak: 30 });
  });

  it('serves each call with the same probability if other programs exceed the quota', () => {
    const quota = new CallQuota(40, new Random(1, 1), 60);
    // In each second, 20 calls of the test and 60 calls of other programs share a quota of 40 calls, so the
    // quota serves about ten calls of the test.
    const shares = countServedCalls(quota, 200, 50).slice(1);
    const mean = shares.reduce((sum, each) => sum + each, 0) / shares.length;
    expect(mean).toBeGreaterThan(8.5);
    expect(mean).toBeLessThan(10.5);
    expect(quota.peak).toBeLessThanOrEqual(40);
  });
});
