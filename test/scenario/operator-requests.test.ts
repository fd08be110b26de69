import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE, Operation, trace } from './operation.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');

let operation: Operation;
beforeEach(async () => {
  operation = await Operation.start({
    start: START,
    credentials: [
      { id: 'kis-main', broker: 'kis' },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
  });
  await operation.tick('kis-main');
  await operation.tick('kiwoom-main');
  operation.world.clock.advance(HOUR);
});
afterEach(() => operation.stop());

const report = (credential = 'kis-main', generation = 1) =>
  ({ credential, cause: 'rejected', generation }) as const;

describe('an operator revokes', () => {
  const revoke = { credential: 'kiwoom-main', cause: 'revoke' } as const;

  it('the live token dies at the broker and a new one takes its place', async () => {
    const { world } = operation;
    const { token } = world.published('kiwoom-main');
    const { lines, state } = await operation.send(revoke, 'operator-1');
    expect(trace(lines)).toEqual([
      'revoke Requested revoked',
      'issue TokenDead published',
      ...['verify Suspect alive', 'keep StillAlive'],
    ]);
    expect(world.kiwoom.isAlive(token ?? '')).toBe(false);
    expect(state).toMatchObject({ generation: 2, pending: undefined, paused: undefined });
    expect(state?.lastRequest).toMatchObject({
      messageId: 'operator-1',
      action: 'keep',
      reason: 'StillAlive',
    });
  });

  it('the same message delivered twice revokes once', async () => {
    await operation.send(revoke, 'operator-1');
    const { lines, state } = await operation.send(revoke, 'operator-1');
    expect(trace(lines)).toEqual([]);
    expect(state).toMatchObject({ generation: 2 });
    expect(operation.world.kiwoom.count('revoke')).toBe(1);
  });

  it('without reissue the credential stays revoked and paused, until it is forced', async () => {
    const { world } = operation;
    const { lines, state } = await operation.send({ ...revoke, reissue: false });
    expect(trace(lines)).toEqual(['revoke Requested revoked', 'hold Paused']);
    expect(state).toMatchObject({ paused: true, pending: undefined, published: { health: 'dead' } });
    world.clock.advance(5 * MINUTE);
    expect(trace((await operation.tick('kiwoom-main')).lines)).toEqual(['hold Paused']);
    expect(trace((await operation.send(report('kiwoom-main'))).lines)).toEqual(['hold Paused']);
    const forced = await operation.send({ credential: 'kiwoom-main', cause: 'forced' });
    expect(trace(forced.lines)).toEqual([
      'issue TokenDead published',
      ...['verify Suspect alive', 'keep StillAlive'],
    ]);
    expect(forced.state).toMatchObject({ paused: undefined, pending: undefined, generation: 2 });
  });

  it('stays paused after a revoke with reissue: only a forced refresh lifts the pause', async () => {
    await operation.send({ ...revoke, reissue: false });
    operation.world.clock.advance(MINUTE);
    const { lines, state } = await operation.send(revoke);
    expect(trace(lines)).toEqual(['hold Paused']);
    expect(state).toMatchObject({ paused: true, generation: 1 });
  });

  it('keeps a revocation pending until the broker confirms it', async () => {
    const { world } = operation;
    world.kiwoom.set({ outage: { revoke: 'http-500' }, reissue: 'supersede' });
    const { lines, state } = await operation.send(revoke);
    expect(trace(lines)).toEqual(['revoke Requested unavailable', 'hold RevokePending']);
    expect(state).toMatchObject({ generation: 1, pending: { revoke: { reissue: true } } });
    expect(operation.lastReadings('kiwoom-main')).toMatchObject({ failureLevel: 1 });
    world.kiwoom.set({ outage: 'none' });
    world.clock.advance(5 * MINUTE);
    const next = await operation.tick('kiwoom-main');
    expect(trace(next.lines)).toEqual([
      'revoke Requested revoked',
      'issue TokenDead published',
      ...['verify Suspect alive', 'keep StillAlive'],
    ]);
    expect(next.state).toMatchObject({ generation: 2, pending: undefined });
  });

  it('a revocation that failed may be asked for again, and one that worked is not repeated', async () => {
    const { world } = operation;
    const { token } = world.published('kiwoom-main');
    world.kiwoom.set({ outage: { revoke: 'http-500' } });
    await operation.send({ ...revoke, reissue: false });
    expect(world.kiwoom.isAlive(token ?? '')).toBe(true);
    world.kiwoom.set({ outage: 'none' });
    world.clock.advance(MINUTE);
    const { lines } = await operation.send({ ...revoke, reissue: false });
    expect(trace(lines)).toEqual(['revoke Requested revoked', 'hold Paused']);
    expect(world.kiwoom.isAlive(token ?? '')).toBe(false);
    world.clock.advance(MINUTE);
    await operation.send({ ...revoke, reissue: false });
    expect(world.kiwoom.count('revoke')).toBe(2);
  });

  it('before the first token there is nothing to revoke', async () => {
    const fresh = await Operation.start({
      start: START,
      credentials: [{ id: 'kiwoom-main', broker: 'kiwoom' }],
    });
    try {
      const { lines } = await fresh.send(revoke);
      expect(trace(lines)).toEqual(['issue Missing published']);
      expect(fresh.world.kiwoom.count('revoke')).toBe(0);
    } finally {
      await fresh.stop();
    }
  });

  it('revokes with the key that issued the token when the secret holds none any more', async () => {
    operation.world.putSecret('kiwoom', 'nothing');
    const { lines, state } = await operation.send(revoke);
    expect(trace(lines)).toEqual([
      'read-secret Requested unconfigured',
      ...['revoke Requested revoked', 'hold CredentialsRejected'],
    ]);
    expect(state).toMatchObject({ published: { health: 'dead' }, refused: { code: 'Unconfigured' } });
    expect(operation.lastReadings('kiwoom-main')).toMatchObject({ failureLevel: 2, secondsToExpiry: 0 });
  });
});

describe('an operator forces a refresh', () => {
  const forced = { credential: 'kis-main', cause: 'forced', reason: 'drill' } as const;

  it('within the six hours the answer is from when it would help', async () => {
    const { lines, state } = await operation.send(forced, 'operator-1');
    expect(lines).toMatchObject([{ action: 'wait', reason: 'WouldReuse', next: '2026-11-23T06:00:00.000Z' }]);
    expect(state?.lastRequest).toMatchObject({
      messageId: 'operator-1',
      action: 'wait',
      reason: 'WouldReuse',
    });
    expect(state?.pending).toBeUndefined();
  });

  it('after them a new token comes, once, however often the message is delivered', async () => {
    operation.world.clock.advance(6 * HOUR);
    await operation.send(forced, 'operator-1');
    const { state } = await operation.send(forced, 'operator-1');
    expect(state).toMatchObject({ generation: 2 });
    expect(operation.world.kis.count('issue')).toBe(2);
  });

  it('what comes too soon after a call is kept for the next tick', async () => {
    const { world } = operation;
    const kiwoom = { credential: 'kiwoom-main', cause: 'forced' } as const;
    world.kiwoom.set({ reissue: 'supersede' });
    await operation.send(kiwoom);
    world.clock.advance(1000);
    const { state } = await operation.send(kiwoom);
    expect(state?.pending).toMatchObject({ forced: { since: world.clock.now() } });
    world.clock.advance(5 * MINUTE);
    const { state: served } = await operation.tick('kiwoom-main');
    expect(served).toMatchObject({ generation: 3, pending: undefined });
  });

  it('through an outage it stays wanted', async () => {
    const { world } = operation;
    world.clock.advance(6 * HOUR);
    world.kis.set({ outage: 'html' });
    await operation.send(forced);
    expect(operation.state('kis-main')?.pending).toMatchObject({ forced: { since: world.clock.now() } });
    world.kis.set({ outage: 'none' });
    world.clock.advance(5 * MINUTE);
    expect((await operation.tick('kis-main')).state).toMatchObject({ generation: 2, pending: undefined });
  });
});
