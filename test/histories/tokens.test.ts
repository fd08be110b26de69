import { describe, expect, it } from 'vitest';
import { keyOf } from '../../simulator/explore/explored-world.ts';
import { BROKERS, Life, MINUTE } from './history-harness.ts';

/** A broker that returns a dead token until it is revoked. */
const DEAD_COMES_BACK = [
  ['KIS', { broker: 'kis', options: { reuseDead: 'killed' } }],
  ['Kiwoom', { broker: 'kiwoom', options: { reuseDead: 'killed' } }],
] as const;

describe.each(DEAD_COMES_BACK)('a dead token that %s returns', (_name, options) => {
  it('is revoked and replaced in the message that reports it', async () => {
    const life = await Life.started(options, 2);
    await life.endAndReport();
    expect(life.isLive).toBe(true);
    expect(life.level).toBe(0);
  });

  it.each(['throttled', 'unavailable', 'lost', 'lost-after', 'unsent'] as const)(
    'is revoked again at the next tick when the revocation was %s',
    async (outcome) => {
      const life = await Life.started(options, 2);
      life.inject({ revoke: outcome });
      await life.endAndReport();
      await life.ticks(2);
      expect(life.isLive).toBe(true);
      expect(await life.ticks(1)).toEqual([0]);
    },
  );

  it.each(['crash', 'crash-after'] as const)(
    'is replaced when the message is delivered again after a %s at the revocation',
    async (crash) => {
      const life = await Life.started(options, 2);
      life.world.broker().kill(life.world.token ?? '');
      const { generation } = life.world.published;
      await life.killed({ cause: 'rejected', generation }, 'revoke', crash);
      await life.ticks(1);
      expect(life.isLive).toBe(true);
    },
  );
});

describe.each(BROKERS)('the token parameter of %s', (_name, options) => {
  it('is written again at the next tick after it was overwritten', async () => {
    const life = await Life.started(options, 8);
    const { token } = life.world.state;
    const calls = life.issueCalls;
    if (token)
      life.world.state.token = {
        version: 2,
        values: { ...token.values, 2: { value: 'FAKE-other', keyArn: life.world.state.tokenKeyArn } },
      };
    expect(await life.ticks(2)).toEqual([0, 0]);
    expect(life.isLive).toBe(true);
    expect(life.issueCalls).toBe(calls);
  });

  it.each([0, 8])(
    'is filled again at the next tick after it was deleted %i hours after the issue',
    async (hours) => {
      const life = await Life.started(options, hours);
      life.world.state.token = undefined;
      life.world.state.now += 2 * MINUTE;
      expect((await life.ticks(1)).at(-1)).toBe(0);
      expect(life.isLive).toBe(true);
    },
  );

  it('is replaced at the next tick when it is encrypted with a key of another stack', async () => {
    const life = await Life.started(options, 8);
    life.world.state.tokenKeyArn = 'arn:aws:kms:ap-northeast-2:123456789012:key/11111111-fake';
    await life.ticks(1);
    expect(life.isLive).toBe(true);
    expect(life.published?.issuedFor.tokenKeyArn).toBe(life.world.state.tokenKeyArn);
    expect(life.level).toBe(0);
  });
});

describe('tokens that the broker ended', () => {
  it.each(['kis', 'kiwoom'] as const)(
    'are replaced by a live one when %s ends all of them and returns another dead one',
    async (broker) => {
      const life = await Life.started({ broker }, 8);
      const simulator = life.world.broker();
      simulator.killAll(keyOf(broker).appkey);
      life.world.state.brokers[`${broker} paper`] = {
        book: simulator.book,
        options: { replacement: 'dead' },
      };
      await life.report();
      expect(life.level).not.toBe(0);
      life.world.state.brokers[`${broker} paper`] = { book: simulator.book, options: {} };
      await life.ticks(3);
      expect(life.isLive).toBe(true);
      expect(life.level).toBe(0);
    },
  );
});

it('a token that the broker does not know for its first minute is not replaced', async () => {
  const life = await Life.started({
    broker: 'kiwoom',
    options: { reissue: 'supersede', newTokenDelaySeconds: 60 },
  });
  await life.report();
  expect(life.world.published.generation).toBe(1);
  expect(life.level).toBe(0);
});
