import { describe, expect, it } from 'vitest';
import { fakeAppKey } from '../../simulator/explore/explored-world.ts';
import { setCallOutcomes } from '../lambdas/refresher/world-harness.ts';
import { History } from './history-harness.ts';

/** The options of simulated brokers that return a dead token until its revocation. */
const RETURNS_DEAD_TOKEN = [
  ['KIS', { broker: 'kis', options: { reuseDead: 'killed' } }],
  ['Kiwoom', { broker: 'kiwoom', options: { reuseDead: 'killed' } }],
] as const;

describe.each(RETURNS_DEAD_TOKEN)('A dead token that %s returns again', (_name, options) => {
  it.each(['throttled', 'unavailable', 'lost', 'lost-after', 'unsent'] as const)(
    'is revoked again at the next tick if the outcome of the first revocation is "%s"',
    async (outcome) => {
      const history = await History.started(options, 2);
      history.world.broker().kill(history.world.token ?? '');
      setCallOutcomes(history.world, { revoke: [outcome] });
      await history.report();
      await history.ticks(2);
      expect(history.isLive).toBe(true);
      expect(await history.ticks(1)).toEqual([0]);
    },
  );
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
