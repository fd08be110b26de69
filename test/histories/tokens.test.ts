import { describe, expect, it } from 'vitest';
import { fakeAppKey } from '../../simulator/explore/explored-world.ts';
import { setCallOutcomes } from '../lambdas/refresher/world-harness.ts';
import { History } from './history-harness.ts';

describe.each(['kis', 'kiwoom'] as const)('A dead token of %s', (broker) => {
  it.each(['throttled', 'unavailable', 'lost', 'lost-after', 'unsent'] as const)(
    'that the broker returns again is revoked at the next tick if the first revocation has the outcome "%s"',
    async (outcome) => {
      const history = await History.started({ broker, options: { reuseDead: 'killed' } }, 2);
      history.world.broker().kill(history.world.token ?? '');
      setCallOutcomes(history.world, { revoke: [outcome] });
      await history.report();
      await history.ticks(2);
      expect(history.isLive).toBe(true);
      expect(await history.ticks(1)).toEqual([0]);
    },
  );

  it('is replaced by a live token after the broker has returned a different dead token', async () => {
    const history = await History.started({ broker }, 8);
    const { world } = history;
    const { book } = world.broker();
    world.broker().killAll(fakeAppKey(broker).appkey);
    world.state.brokers[`${broker} paper`] = { book, options: { replacement: 'dead' } };
    await history.report();
    expect(history.level).not.toBe(0);
    world.state.brokers[`${broker} paper`] = { book, options: {} };
    await history.ticks(3);
    expect(history.isLive).toBe(true);
    expect(history.level).toBe(0);
  });
});

it('A token that the broker rejects only in the first minute after the issue call is not replaced', async () => {
  const options = { reissue: 'supersede', newTokenDelaySeconds: 60 } as const;
  const history = await History.started({ broker: 'kiwoom', options });
  await history.report();
  expect(history.world.published.generation).toBe(1);
  expect(history.level).toBe(0);
});
