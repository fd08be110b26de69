import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KIS_KEY } from '../../simulator/world.ts';
import { HOUR, MINUTE, Operation, trace } from './operation.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const WRONG = { appkey: 'PSFAKEwrong', secret: 'FAKE-wrong' };

let operation: Operation;
beforeEach(async () => {
  operation = await Operation.start({ start: START, credentials: [{ id: 'kis-main', broker: 'kis' }] });
});
afterEach(() => operation.stop());

const changed = { credential: 'kis-main', cause: 'credentials-changed' } as const;

describe('keys that the broker refuses', () => {
  it('are asked about again after 5, 15, then every 60 minutes, and a person is called', async () => {
    operation.world.putSecret('kis', WRONG);
    const lines = await operation.run('kis-main', START + 3 * HOUR);
    const asked = operation.world.kis.calls.map(({ at }) => (at - START) / MINUTE);
    expect(asked).toEqual([0, 5, 20, 80, 140]);
    expect(lines[0]).toMatchObject({ outcome: 'rejected', brokerCode: 'EGW00103' });
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2, secondsToExpiry: 0 });
  });

  it('a corrected key is tried at once when the event comes', async () => {
    const { world } = operation;
    world.putSecret('kis', WRONG);
    await operation.run('kis-main', START + 30 * MINUTE);
    world.clock.advance(70_000);
    world.putSecret('kis', KIS_KEY);
    const { lines, state } = await operation.send(changed);
    expect(trace(lines)).toEqual(['issue Missing published']);
    expect(state).toMatchObject({ generation: 1, pending: undefined, refused: undefined });
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 0 });
  });

  it('and at the next tick if the event is lost', async () => {
    const { world } = operation;
    world.putSecret('kis', WRONG);
    await operation.run('kis-main', START + 30 * MINUTE);
    world.clock.advance(5 * MINUTE);
    world.putSecret('kis', KIS_KEY);
    expect(trace((await operation.tick('kis-main')).lines)).toEqual(['issue Missing published']);
  });

  it('what the broker mends on its side is noticed without anybody doing anything', async () => {
    const { world } = operation;
    world.kis.set({ refuseIssue: 'EGW00303' });
    await operation.run('kis-main', START + 30 * MINUTE);
    world.kis.set({ refuseIssue: null });
    const lines = await operation.run('kis-main', START + 2 * HOUR);
    expect(trace(lines)).toContain('issue Missing published');
  });

  it('an outage in between does not take the alarm down', async () => {
    const { world } = operation;
    world.putSecret('kis', WRONG);
    await operation.tick('kis-main');
    world.kis.set({ outage: 'http-500' });
    world.clock.advance(6 * MINUTE);
    const { lines, state } = await operation.tick('kis-main');
    expect(lines[0]).toMatchObject({ action: 'issue' });
    expect(state).toMatchObject({ attempt: { outcome: 'unavailable' }, refused: { code: 'EGW00103' } });
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
  });

  it('force asks at once, and its answer is in the state', async () => {
    const { world } = operation;
    world.putSecret('kis', WRONG);
    await operation.tick('kis-main');
    world.clock.advance(2 * MINUTE);
    const { state } = await operation.send({ credential: 'kis-main', cause: 'forced' }, 'operator-1');
    expect(state?.lastRequest).toMatchObject({
      ...{ messageId: 'operator-1', cause: 'forced' },
      ...{ action: 'hold', reason: 'CredentialsRejected' },
    });
    expect(state?.attempt).toMatchObject({ messageId: 'operator-1', outcome: 'rejected' });
    expect(state?.pending).toBeUndefined();
  });

  it('a new key that is refused leaves the published token alone', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    const { token } = world.published('kis-main');
    world.clock.advance(HOUR);
    world.putSecret('kis', WRONG);
    const { state } = await operation.send(changed);
    expect(state).toMatchObject({
      generation: 1,
      pending: { credentialsChanged: { since: expect.any(Number) } },
    });
    expect(world.published('kis-main').token).toBe(token);
    world.putSecret('kis', KIS_KEY);
    world.clock.advance(5 * MINUTE);
    const { state: mended } = await operation.tick('kis-main');
    expect(mended).toMatchObject({ pending: undefined, refused: undefined, published: { health: 'live' } });
    expect(world.kis.count('issue', 'reused')).toBe(0);
  });
});

describe('a changed key', () => {
  it('issues a token of its own, within the reuse window of the old one', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.advance(HOUR);
    const next = { appkey: 'PSFAKEnext00000000000000000000000000', secret: 'FAKE-next' };
    world.kis.setKeys([KIS_KEY, next]);
    world.putSecret('kis', next);
    const { lines, state } = await operation.send(changed);
    expect(trace(lines)).toEqual(['issue CredentialsChanged published']);
    expect(state).toMatchObject({ generation: 2 });
  });

  it('waits for the minimum interval of the old key, which may be stored again at once', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.advance(10_000);
    const next = { appkey: 'PSFAKEnext00000000000000000000000000', secret: 'FAKE-next' };
    world.kis.setKeys([next]);
    world.putSecret('kis', next);
    const { lines, state } = await operation.send(changed);
    expect(trace(lines)).toEqual(['wait TooSoon', 'issue CredentialsChanged published']);
    expect(state).toMatchObject({ generation: 2, pending: undefined });
    world.clock.advance(5 * MINUTE);
    expect(trace((await operation.tick('kis-main')).lines)).toEqual([]);
    expect(world.kis.count('issue')).toBe(2);
  });

  it('an event for the key that is in use already costs no call', async () => {
    await operation.tick('kis-main');
    operation.world.clock.advance(HOUR);
    const { lines } = await operation.send(changed);
    expect(trace(lines)).toEqual([]);
    expect(operation.world.kis.count('issue')).toBe(1);
  });
});

describe('a secret that holds no key', () => {
  it.each([
    ['not JSON', 'appkey=FAKE'],
    ['a placeholder', '{"appkey":"<appkey>","appsecret":"<appsecret>"}'],
    ['the fields of the other broker', '{"appkey":"FAKE","secretkey":"FAKE"}'],
    ['an empty field', '{"appkey":"FAKE","appsecret":"  "}'],
  ])('%s: no call, a person is called', async (_kind, text) => {
    operation.world.putSecret('kis', text);
    const { lines, state, response } = await operation.tick('kis-main');
    expect(trace(lines)).toEqual(['read-secret Missing unconfigured', 'hold CredentialsRejected']);
    expect(state?.attempt).toMatchObject({ outcome: 'unconfigured' });
    expect(operation.world.kis.calls).toEqual([]);
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
    expect(response.batchItemFailures).toEqual([]);
  });

  it('white space round the key is forgiven', async () => {
    operation.world.putSecret('kis', {
      appkey: ` ${KIS_KEY.appkey}\n`,
      secret: `${KIS_KEY.secret}\n`,
    });
    expect(trace((await operation.tick('kis-main')).lines)).toEqual(['issue Missing published']);
  });

  it('once it is mended the next tick goes on', async () => {
    operation.world.putSecret('kis', 'nothing');
    await operation.tick('kis-main');
    operation.world.putSecret('kis', KIS_KEY);
    operation.world.clock.advance(5 * MINUTE);
    expect(trace((await operation.tick('kis-main')).lines)).toEqual(['issue Missing published']);
  });

  it('broken while a token lives: told at once, mended without an event', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.advance(HOUR);
    world.putSecret('kis', 'nothing');
    const { state } = await operation.send(changed);
    expect(state).toMatchObject({
      generation: 1,
      pending: { credentialsChanged: { since: expect.any(Number) } },
    });
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
    world.putSecret('kis', KIS_KEY);
    world.clock.advance(5 * MINUTE);
    await operation.tick('kis-main');
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 0 });
  });
});
