import { describe, expect, it } from 'vitest';
import { keyOf, SECRET_ARN, secretText } from '../../simulator/explore/explored-world.ts';
import { Life, MINUTE } from './history-harness.ts';

describe('a requested revocation', () => {
  it.each(['lost', 'lost-after', 'throttled', 'unavailable', 'unsent', 'rejected'] as const)(
    'stays pending until the broker confirms it when it was %s',
    async (outcome) => {
      const life = await Life.started({ broker: 'kiwoom' }, 8);
      life.inject({ revoke: outcome });
      await life.send({ cause: 'revoke', reissue: false });
      expect(life.world.published.paused && life.isLive).not.toBe(true);
      life.world.state.now += MINUTE;
      await life.ticks(1);
      expect(life.isLive).toBe(false);
      expect(life.world.published.paused).toBe(true);
      expect(life.level).toBe(0);
    },
  );

  it('uses the key that issued the token after another key was stored, and does not refuse that one', async () => {
    const life = await Life.started({ broker: 'kiwoom' }, 8);
    const old = life.world.token ?? '';
    const secret = life.world.state.secrets[SECRET_ARN];
    const broker = life.world.broker();
    broker.setKeys([...broker.keys, keyOf('kiwoom', 1)]);
    if (secret) {
      secret.values['v2'] = secretText('kiwoom', keyOf('kiwoom', 1));
      secret.current = 'v2';
    }
    await life.send({ cause: 'revoke' });
    expect(life.world.broker().isAlive(old)).toBe(false);
    expect(life.world.published.refused).toBeUndefined();
    await life.ticks(1);
    expect(life.isLive).toBe(true);
  });

  it('that is lifted by a forced refresh leaves a live token', async () => {
    const life = await Life.started({ broker: 'kis' }, 8);
    life.inject({ revoke: ['throttled', 'throttled'] });
    await life.send({ cause: 'revoke', reissue: false });
    await life.send({ cause: 'forced' });
    await life.ticks(2);
    expect(life.isLive).toBe(true);
    expect(life.world.published.paused).toBeUndefined();
  });
});
