import { describe, expect, it } from 'vitest';
import { History } from './history-harness.ts';

describe('A renewal', () => {
  it.each(['revoke', 'wait'] as const)(
    'of a Kiwoom token succeeds after a forced refresh that returned the same token (renewEarly: %s)',
    async (renewEarly) => {
      const history = await History.started({ broker: 'kiwoom', config: { renewEarly } }, 1);
      await history.send({ cause: 'forced' });
      const levels = await history.hours(24);
      expect(history.world.published.generation).toBe(2);
      expect(history.isLive).toBe(true);
      expect(levels.every((level) => level === 0)).toBe(true);
    },
  );

  it.each([1, 3])(
    'of a KIS token with a margin of %i h needs at most 4 issue calls if KIS returns the same token until the token expires',
    async (hours) => {
      const config = { renewBeforeSeconds: hours * 3600 };
      const options = { reuseWindowSeconds: 86_400 };
      const history = await History.started({ broker: 'kis', config, options });
      const before = history.issueCalls;
      for (let tick = 0; tick < 288; tick += 1) {
        expect(await history.ticks(1)).toEqual([0]);
        expect(history.results.at(-1)?.headroom).toBeGreaterThanOrEqual((hours * 3600) / 2);
        expect(history.isLive).toBe(true);
      }
      expect(history.issueCalls - before).toBeLessThanOrEqual(4);
      const [first, second] = history.world.broker().tokens;
      expect((second?.issuedAt ?? 0) - (first?.expiresAt ?? 0)).toBeLessThanOrEqual(2000);
    },
  );

  it('succeeds at the first tick after an outage in which no call reached the broker', async () => {
    const history = await History.started({ broker: 'kis' }, 20);
    history.world.state.now = (history.published?.renewAt ?? 0) - 60_000;
    history.world.chooseOutcome = (call) => (call === 'issue' || call === 'verify' ? 'unsent' : 'ok');
    const levels = await history.ticks(10);
    expect(Math.max(...levels)).toBe(1);
    history.world.chooseOutcome = () => 'ok';
    expect(await history.ticks(1)).toEqual([0]);
    expect(history.world.published.generation).toBe(2);
  });

  it('causes no failure level above 0 if maxIssuesPerDay is two', async () => {
    const history = await History.started({ broker: 'kis', config: { maxIssuesPerDay: 2 } });
    expect(Math.max(...(await history.hours(72)))).toBe(0);
  });
});

it('An expired KIS token is replaced within ten minutes if each issue call extends the time in which KIS returns the token', async () => {
  const history = await History.started({ broker: 'kis', options: { slidingWindow: true } });
  const levels = await history.hours(48);
  const ticksWithoutToken = history.results.filter(({ secondsToExpiry }) => secondsToExpiry === 0);
  expect(history.isLive).toBe(true);
  expect(ticksWithoutToken.length).toBeLessThan(2);
  expect(levels.at(-1)).toBe(0);
});

it('A KIS token with a renewal margin of twelve hours is renewed every twelve hours', async () => {
  const history = await History.started({ broker: 'kis', config: { renewBeforeSeconds: 12 * 3600 } }, 24);
  expect(history.world.published.generation).toBe(3);
});
