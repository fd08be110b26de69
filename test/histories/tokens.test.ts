import { describe, expect, it } from 'vitest';
import { fakeAppKey } from '../../simulator/explore/explored-world.ts';
import { BROKER_BEHAVIORS, History, MINUTE } from './history-harness.ts';

/** The options of simulated brokers that return a dead token until its revocation. */
const RETURNS_DEAD_TOKEN = [
  ['KIS', { broker: 'kis', options: { reuseDead: 'killed' } }],
  ['Kiwoom', { broker: 'kiwoom', options: { reuseDead: 'killed' } }],
] as const;

describe.each(RETURNS_DEAD_TOKEN)('A dead token that %s returns again', (_name, options) => {
  it('is revoked and replaced in the same invocation that handles its report', async () => {
    const history = await History.started(options, 2);
    await history.invalidateAndReport();
    expect(history.isLive).toBe(true);
    expect(history.level).toBe(0);
  });

  it.each(['throttled', 'unavailable', 'lost', 'lost-after', 'unsent'] as const)(
    'is revoked again at the next tick if the outcome of the first revocation is "%s"',
    async (outcome) => {
      const history = await History.started(options, 2);
      history.injectFaults({ revoke: outcome });
      await history.invalidateAndReport();
      await history.ticks(2);
      expect(history.isLive).toBe(true);
      expect(await history.ticks(1)).toEqual([0]);
    },
  );

  it.each(['crash', 'crash-after'] as const)(
    'is replaced if the function is killed during the revocation (%s) and SQS delivers the message again',
    async (crash) => {
      const history = await History.started(options, 2);
      history.world.broker().kill(history.world.token ?? '');
      const { generation } = history.world.published;
      await history.killAndRedeliver({ cause: 'rejected', generation }, 'revoke', crash);
      await history.ticks(1);
      expect(history.isLive).toBe(true);
    },
  );
});

describe.each(BROKER_BEHAVIORS)('The token parameter of %s', (_name, options) => {
  it('contains the published token again at the next tick if another program overwrote the parameter', async () => {
    const history = await History.started(options, 8);
    const { token } = history.world.state;
    const calls = history.issueCalls;
    if (token)
      history.world.state.token = {
        version: 2,
        values: { ...token.values, 2: { value: 'FAKE-other', keyArn: history.world.state.tokenKeyArn } },
      };
    expect(await history.ticks(2)).toEqual([0, 0]);
    expect(history.isLive).toBe(true);
    expect(history.issueCalls).toBe(calls);
  });

  it.each([0, 8])(
    'is created again at the next tick if the parameter is deleted %i hours after the token was issued',
    async (hours) => {
      const history = await History.started(options, hours);
      history.world.state.token = undefined;
      history.world.state.now += 2 * MINUTE;
      expect((await history.ticks(1)).at(-1)).toBe(0);
      expect(history.isLive).toBe(true);
    },
  );

  it('contains a live token after the next tick if the parameter was encrypted with the KMS key of a different stack', async () => {
    const history = await History.started(options, 8);
    history.world.state.tokenKeyArn = 'arn:aws:kms:ap-northeast-2:123456789012:key/11111111-fake';
    await history.ticks(1);
    expect(history.isLive).toBe(true);
    expect(history.published?.issuedFor.tokenKeyArn).toBe(history.world.state.tokenKeyArn);
    expect(history.level).toBe(0);
  });
});

describe('Tokens that the broker invalidated', () => {
  it.each(['kis', 'kiwoom'] as const)(
    'are replaced by a live token even if %s first returns another dead token',
    async (broker) => {
      const history = await History.started({ broker }, 8);
      const simulator = history.world.broker();
      simulator.killAll(fakeAppKey(broker).appkey);
      history.world.state.brokers[`${broker} paper`] = {
        book: simulator.book,
        options: { replacement: 'dead' },
      };
      await history.report();
      expect(history.level).not.toBe(0);
      history.world.state.brokers[`${broker} paper`] = { book: simulator.book, options: {} };
      await history.ticks(3);
      expect(history.isLive).toBe(true);
      expect(history.level).toBe(0);
    },
  );
});

it('A token that the broker rejects during its first minute is not replaced', async () => {
  const history = await History.started({
    broker: 'kiwoom',
    options: { reissue: 'supersede', newTokenDelaySeconds: 60 },
  });
  await history.report();
  expect(history.world.published.generation).toBe(1);
  expect(history.level).toBe(0);
});
