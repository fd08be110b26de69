import { describe, expect, it } from 'vitest';
import { BROKERS, Life, MINUTE } from './history-harness.ts';

describe('renewal', () => {
  it.each(['revoke', 'wait'] as const)(
    'of a Kiwoom token is not switched off by a refresh an hour after its issue (renewEarly: %s)',
    async (renewEarly) => {
      const life = await Life.started({ broker: 'kiwoom', config: { renewEarly } }, 1);
      await life.send({ cause: 'forced' });
      const levels = await life.hours(24);
      expect(life.world.published.generation).toBe(2);
      expect(life.isLive).toBe(true);
      expect(levels.every((level) => level === 0)).toBe(true);
    },
  );

  it.each([1, 3])(
    'of a KIS token that comes back for all of its life costs at most 4 calls a day (margin %i h)',
    async (hours) => {
      const config = { renewBeforeSeconds: hours * 3600 };
      const life = await Life.started({ broker: 'kis', config, options: { reuseWindowSeconds: 86_400 } });
      const before = life.issueCalls;
      const levels: number[] = [];
      const headrooms: number[] = [];
      let dead = 0;
      for (let tick = 0; tick < 288; tick += 1) {
        levels.push(...(await life.ticks(1)));
        headrooms.push(life.results.at(-1)?.headroom ?? 0);
        if (!life.isLive) dead += 1;
      }
      expect(life.issueCalls - before).toBeLessThanOrEqual(4);
      expect(dead).toBe(0);
      expect(Math.max(...levels)).toBe(0);
      expect(Math.min(...headrooms)).toBeGreaterThanOrEqual((hours * 3600) / 2);
      const [first, second] = life.world.broker().tokens;
      expect((second?.issuedAt ?? 0) - (first?.expiresAt ?? 0)).toBeLessThanOrEqual(2000);
    },
  );

  it('is not delayed by an outage in which no call reaches the broker', async () => {
    const life = await Life.started({ broker: 'kis' }, 20);
    life.world.state.now = (life.published?.renewAt ?? 0) - MINUTE;
    life.world.choose = (call) => (call === 'issue' || call === 'verify' ? 'unsent' : 'ok');
    const levels = await life.ticks(10);
    expect(Math.max(...levels)).toBe(1);
    life.world.choose = () => 'ok';
    expect(await life.ticks(1)).toEqual([0]);
    expect(life.world.published.generation).toBe(2);
  });

  it('follows a margin that was lengthened while the token lives', async () => {
    const life = await Life.started({ broker: 'kis', config: { renewBeforeSeconds: 3600 } }, 17);
    life.world.state.config = { ...life.world.state.config, renewBeforeSeconds: 8 * 3600 };
    await life.ticks(1);
    expect(life.world.published.generation).toBe(2);
    expect(life.results.at(-1)?.headroom).toBeGreaterThan(8 * 3600);
  });

  it('raises no failure level with a budget of two issues a day', async () => {
    const life = await Life.started({ broker: 'kis', config: { maxIssuesPerDay: 2 } });
    expect(Math.max(...(await life.hours(72)))).toBe(0);
  });
});

describe('an expired token that KIS returns again and again', () => {
  it('costs a bounded number of calls a day', async () => {
    const life = await Life.started(
      { broker: 'kis', options: { reuseWindowSeconds: 86_400 * 9, reuseDead: 'always' } },
      24,
    );
    const before = life.issueCalls;
    await life.hours(24);
    expect(life.issueCalls - before).toBeLessThanOrEqual(12);
    expect(life.level).toBe(2);
  });

  it('is replaced when the window, which the calls slide, has ended', async () => {
    const life = await Life.started({ broker: 'kis', options: { slidingWindow: true } });
    let gap = 0;
    const levels = await life.hours(48);
    for (const { secondsToExpiry } of life.results) gap += secondsToExpiry > 0 ? 0 : 1;
    expect(life.isLive).toBe(true);
    expect(gap * 5).toBeLessThan(10);
    expect(levels.at(-1)).toBe(0);
  });
});

describe.each(BROKERS)('after a crash or a refused write (%s)', (_name, options) => {
  const CALLS = [
    'read',
    'readSecret',
    'writeState',
    'readToken',
    'verify',
    'issue',
    'revoke',
    'writeToken',
  ] as const;

  it.each(
    CALLS.flatMap((call) =>
      [0, 1, 2].flatMap((nth) =>
        (['crash', 'crash-after', 'failed', 'failed-after'] as const).map(
          (outcome) => [call, nth, outcome] as const,
        ),
      ),
    ),
  )(
    'at call %s number %i (%s) during a renewal the next ticks publish a live token',
    async (call, nth, outcome) => {
      const life = await Life.started(options, 20);
      life.world.state.now = (life.published?.renewAt ?? 0) + MINUTE;
      const isBroker = call === 'verify' || call === 'issue' || call === 'revoke';
      const faults = [
        ...Array<'ok'>(nth).fill('ok'),
        isBroker && outcome.startsWith('failed') ? 'lost-after' : outcome,
      ];
      life.inject({ [call]: faults as never });
      await life.send({ cause: 'schedule' }).catch((error: Error) => {
        if (error.name !== 'KilledError' && error.name !== 'AwsError') throw error;
      });
      life.world.choose = () => 'ok';
      life.world.state.now += 15 * MINUTE;
      const levels = await life.ticks(3);
      expect(life.isLive).toBe(true);
      expect(levels.at(-1)).toBe(0);
    },
  );
});

it('a token handed back for all of six hours after its issue is renewed at renewAt', async () => {
  const life = await Life.started({ broker: 'kis', config: { renewBeforeSeconds: 12 * 3600 } }, 24);
  expect(life.world.published.generation).toBe(3);
});
