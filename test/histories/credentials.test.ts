import { describe, expect, it } from 'vitest';
import { fakeAppKey, SECRET_ARN } from '../../simulator/explore/explored-world.ts';
import { BROKER_BEHAVIORS, History } from './history-harness.ts';

const event = { cause: 'credentials-changed' } as const;

describe.each(BROKER_BEHAVIORS)('The failure level of a credential (%s)', (_name, options) => {
  it('is 0 within two ticks after an operator replaced a wrong app key with the previous app key', async () => {
    const history = await History.started(options, 8);
    history.storeSecret('v2', fakeAppKey(options.broker, 9));
    await history.send(event);
    expect(history.level).toBe(2);
    expect(await history.ticks(1)).toEqual([2]);
    history.storeSecret('v1', fakeAppKey(options.broker));
    await history.send(event);
    expect((await history.ticks(2)).at(-1)).toBe(0);
    expect(history.isLive).toBe(true);
    expect(history.world.published.refused).toBeUndefined();
  });

  it('is 2 while the secret contains a wrong app secret and the token stays live', async () => {
    const history = await History.started(options, 8);
    const token = history.world.token;
    history.storeSecret('v2', { ...fakeAppKey(options.broker), secret: 'FAKE-mistyped' });
    await history.send(event);
    expect(history.level).toBe(2);
    expect(history.results.at(-1)?.secondsToExpiry).toBeGreaterThan(3600);
    expect(Math.min(...(await history.ticks(12)))).toBe(2);
    expect(history.world.token).toBe(token);
    expect(history.isLive).toBe(true);
    history.storeSecret('v1', fakeAppKey(options.broker));
    await history.send(event);
    expect(history.level).toBe(0);
  });
});

it('If a consumer reports the live token while the secret is missing, the failure level is 0 two ticks after the secret is restored', async () => {
  const history = await History.started({ broker: 'kis' }, 8);
  const secret = history.world.state.secrets[SECRET_ARN];
  delete history.world.state.secrets[SECRET_ARN];
  await history.report();
  expect(history.level).toBeGreaterThan(0);
  if (secret) history.world.state.secrets[SECRET_ARN] = secret;
  expect((await history.ticks(2)).at(-1)).toBe(0);
});

describe.each(BROKER_BEHAVIORS)('A credential after a change of its secret (%s)', (_name, options) => {
  it('gets a token for the new app key within an hour and two ticks if the event about the secret is lost', async () => {
    const history = await History.started(options, 8);
    const broker = history.world.broker();
    broker.setKeys([...broker.keys, fakeAppKey(options.broker, 1)]);
    history.storeSecret('v2', fakeAppKey(options.broker, 1));
    await history.ticks(14);
    expect(history.published?.issuedFor.secretVersion).toBe('v2');
    expect(history.isLive).toBe(true);
    expect(history.level).toBe(0);
  });

  it('needs no issue call if the new version of the secret contains the same app key', async () => {
    const history = await History.started(options, 2);
    const calls = history.issueCalls;
    history.storeSecret('v2', fakeAppKey(options.broker));
    await history.send(event);
    await history.hours(2);
    expect(history.issueCalls).toBe(calls);
    expect(history.published?.issuedFor.secretVersion).toBe('v2');
    expect(history.level).toBe(0);
  });
});
