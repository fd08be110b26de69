import { describe, expect, it } from 'vitest';
import { keyOf, SECRET_ARN, secretText } from '../../simulator/explore/explored-world.ts';
import { BROKERS, Life } from './history-harness.ts';

describe('the failure level', () => {
  it.each(BROKERS)(
    'is 0 within two ticks after a bad key was stored and reverted (%s)',
    async (_name, options) => {
      const life = await Life.started(options, 8);
      const secret = life.world.state.secrets[SECRET_ARN];
      if (!secret) throw new Error('no secret');
      secret.values['v2'] = secretText(options.broker, { ...keyOf(options.broker, 9) });
      secret.current = 'v2';
      await life.send({ cause: 'credentials-changed' });
      expect(life.level).toBe(2);
      expect((await life.ticks(1)).at(-1)).toBe(2);
      secret.current = 'v1';
      await life.send({ cause: 'credentials-changed' });
      expect((await life.ticks(2)).at(-1)).toBe(0);
      expect(life.isLive).toBe(true);
      expect(life.world.published.refused).toBeUndefined();
    },
  );

  it.each(BROKERS)(
    'is 2 while a mistyped secret of the same app key is stored, and the token is kept (%s)',
    async (_name, options) => {
      const life = await Life.started(options, 8);
      const token = life.world.token;
      const secret = life.world.state.secrets[SECRET_ARN];
      if (!secret) throw new Error('no secret');
      secret.values['v2'] = secretText(options.broker, { ...keyOf(options.broker), secret: 'FAKE-mistyped' });
      secret.current = 'v2';
      await life.send({ cause: 'credentials-changed' });
      expect(life.level).toBe(2);
      expect(life.results.at(-1)?.secondsToExpiry).toBeGreaterThan(3600);
      expect(Math.min(...(await life.ticks(12)))).toBe(2);
      expect(life.world.token).toBe(token);
      expect(life.isLive).toBe(true);
      secret.current = 'v1';
      await life.send({ cause: 'credentials-changed' });
      expect(life.level).toBe(0);
    },
  );

  it('is 0 within two ticks after a bad key was reverted although both events were lost', async () => {
    const life = await Life.started({ broker: 'kis' }, 8);
    const secret = life.world.state.secrets[SECRET_ARN];
    if (!secret) throw new Error('no secret');
    secret.values['v2'] = '{"appkey":"<your key>","appsecret":"x"}';
    secret.current = 'v2';
    expect((await life.hours(2)).at(-1)).toBe(2);
    secret.current = 'v1';
    expect((await life.ticks(2)).at(-1)).toBe(0);
  });

  it('is 0 after a report that arrived while the secret could not be read proved wrong', async () => {
    const life = await Life.started({ broker: 'kis' }, 8);
    const secret = life.world.state.secrets[SECRET_ARN];
    delete life.world.state.secrets[SECRET_ARN];
    await life.report();
    expect(life.level).toBeGreaterThan(0);
    if (secret) life.world.state.secrets[SECRET_ARN] = secret;
    expect((await life.ticks(2)).at(-1)).toBe(0);
  });

  it('is 0 within two ticks after a forced refresh was refused with 8050 while the token is fresh', async () => {
    const life = await Life.started({ broker: 'kiwoom', options: { reissue: 'supersede' } }, 8);
    life.inject({ issue: 'rejected' });
    await life.send({ cause: 'forced' });
    expect(life.world.published.attempt).toMatchObject({ outcome: 'rejected', brokerCode: '8050' });
    expect((await life.ticks(2)).at(-1)).toBe(0);
    expect(life.world.published.refused).toBeUndefined();
  });
});

describe('a changed credential whose event was lost', () => {
  it('gets a token of the new market within two ticks', async () => {
    const life = await Life.started({ broker: 'kis' }, 8);
    const { state } = life.world;
    state.secrets[`${SECRET_ARN}2`] = { current: 'w1', values: { w1: secretText('kis', keyOf('kis', 5)) } };
    state.config = { ...state.config, market: 'live', secretArn: `${SECRET_ARN}2` };
    await life.ticks(2);
    expect(life.isLive).toBe(true);
    expect(life.published?.issuedFor.market).toBe('live');
    expect(life.level).toBe(0);
  });

  it('gets a token of the new broker within two ticks', async () => {
    const life = await Life.started({ broker: 'kis' }, 8);
    const { state } = life.world;
    state.config = { ...state.config, broker: 'kiwoom', secretArn: `${SECRET_ARN}2` };
    state.secrets[`${SECRET_ARN}2`] = {
      current: 'w1',
      values: { w1: secretText('kiwoom', keyOf('kiwoom', 5)) },
    };
    await life.ticks(2);
    expect(life.isLive).toBe(true);
    expect(life.published?.issuedFor.broker).toBe('kiwoom');
  });

  it.each(BROKERS)(
    'gets a token of the new key within an hour and two ticks (%s)',
    async (_name, options) => {
      const life = await Life.started(options, 8);
      const secret = life.world.state.secrets[SECRET_ARN];
      const broker = life.world.broker();
      broker.setKeys([...broker.keys, keyOf(options.broker, 1)]);
      if (secret) {
        secret.values['v2'] = secretText(options.broker, keyOf(options.broker, 1));
        secret.current = 'v2';
      }
      await life.ticks(14);
      expect(life.published?.issuedFor.secretVersion).toBe('v2');
      expect(life.isLive).toBe(true);
      expect(life.level).toBe(0);
    },
  );

  it.each(BROKERS)('costs no issue call when the same key was saved again (%s)', async (_name, options) => {
    const life = await Life.started(options, 2);
    const calls = life.issueCalls;
    const secret = life.world.state.secrets[SECRET_ARN];
    if (secret) {
      secret.values['v2'] = secret.values['v1'] ?? '';
      secret.current = 'v2';
    }
    await life.send({ cause: 'credentials-changed' });
    await life.hours(2);
    expect(life.issueCalls).toBe(calls);
    expect(life.published?.issuedFor.secretVersion).toBe('v2');
    expect(life.level).toBe(0);
  });

  it('does not count calls, budget and refusal of the old key', async () => {
    const life = await Life.started({ broker: 'kis', config: { maxIssuesPerDay: 2 } }, 7);
    await life.send({ cause: 'forced' });
    const secret = life.world.state.secrets[SECRET_ARN];
    const broker = life.world.broker();
    broker.setKeys([...broker.keys, keyOf('kis', 1)]);
    if (secret) {
      secret.values['v2'] = secretText('kis', keyOf('kis', 1));
      secret.current = 'v2';
    }
    await life.send({ cause: 'credentials-changed' });
    expect(life.published?.issuedFor.secretVersion).toBe('v2');
    expect(life.isLive).toBe(true);
    expect(life.world.published.issues).toHaveLength(1);
  });
});
