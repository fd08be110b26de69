import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lambdas/refresher/clock.ts';

const NOON = Date.UTC(2026, 10, 21, 12);

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

it('The system clock returns the current time', () => {
  expect(systemClock.now()).toBe(NOON);
});

it('The system clock sleeps until an instant, and returns immediately if the instant has passed', async () => {
  const woken: string[] = [];
  const soon = systemClock.sleepUntil(NOON + 30).then(() => woken.push('soon'));
  const past = systemClock.sleepUntil(NOON - 60_000).then(() => woken.push('past'));
  await Promise.all([soon, past]);
  expect(woken).toEqual(['past', 'soon']);
});
