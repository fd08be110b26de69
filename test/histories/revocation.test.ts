import { describe, expect, it } from 'vitest';
import { fakeAppKey } from '../../simulator/explore/explored-world.ts';
import { History, MINUTE } from './history-harness.ts';

describe('A requested revocation', () => {
  it.each(['lost', 'lost-after', 'throttled', 'unavailable', 'unsent', 'rejected'] as const)(
    'is repeated until the broker confirms the revocation if the first revoke call has the outcome "%s"',
    async (outcome) => {
      const history = await History.started({ broker: 'kiwoom' }, 8);
      history.injectFaults({ revoke: outcome });
      await history.send({ cause: 'revoke', reissue: false });
      expect(history.world.published.paused && history.isLive).not.toBe(true);
      history.world.state.now += MINUTE;
      await history.ticks(1);
      expect(history.isLive).toBe(false);
      expect(history.world.published.paused).toBe(true);
      expect(history.level).toBe(0);
    },
  );

  it('uses the app key that issued the token, even if the secret now contains a different app key', async () => {
    const history = await History.started({ broker: 'kiwoom' }, 8);
    const old = history.world.token ?? '';
    const broker = history.world.broker();
    broker.setKeys([...broker.keys, fakeAppKey('kiwoom', 1)]);
    history.storeSecret('v2', fakeAppKey('kiwoom', 1));
    await history.send({ cause: 'revoke' });
    expect(history.world.broker().isAlive(old)).toBe(false);
    expect(history.world.published.refused).toBeUndefined();
    await history.ticks(1);
    expect(history.isLive).toBe(true);
  });

  it('does not prevent a forced refresh from publishing a live token', async () => {
    const history = await History.started({ broker: 'kis' }, 8);
    history.injectFaults({ revoke: ['throttled', 'throttled'] });
    await history.send({ cause: 'revoke', reissue: false });
    await history.send({ cause: 'forced' });
    await history.ticks(2);
    expect(history.isLive).toBe(true);
    expect(history.world.published.paused).toBeUndefined();
  });
});
