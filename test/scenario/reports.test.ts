import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../../simulator/world.ts';
import { HOUR, MINUTE, Operation, story } from './operation.ts';

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

describe('a consumer reports that its token was rejected', () => {
  it.each(['kis-main', 'kiwoom-main'])('%s: a token that works is kept, and that is said', async (id) => {
    const { lines, state } = await operation.send(report(id), 'report-1');
    expect(story(lines)).toEqual(['keep StillAlive']);
    expect(state?.last).toMatchObject({ messageId: 'report-1', action: 'keep', reason: 'StillAlive' });
    expect(operation.world.broker(id).count('issue')).toBe(1);
  });

  it.each(['kis-main', 'kiwoom-main'])(
    '%s: a dead one is replaced at once, reuse window or not',
    async (id) => {
      const { world } = operation;
      world.kis.set({ reuseDead: 'never' });
      world.broker(id).kill(world.published(id).token ?? '');
      const { lines, state } = await operation.send(report(id));
      expect(story(lines)).toEqual(['keep Rejected', 'issue TokenDead published']);
      expect(state).toMatchObject({ generation: 2, dead: undefined, wanted: undefined });
      expect(world.broker(id).isAlive(world.published(id).token ?? '')).toBe(true);
    },
  );

  it('a hundred reports replace a generation once', async () => {
    const { world } = operation;
    world.kis.set({ reuseDead: 'never' });
    world.kis.kill(world.published('kis-main').token ?? '');
    await operation.send(report());
    const stories = [];
    for (let i = 0; i < 3; i++) stories.push(...story((await operation.send(report())).lines));
    expect(stories).toEqual(['keep AlreadyReplaced', 'keep AlreadyReplaced', 'keep AlreadyReplaced']);
    expect(world.kis.count('issue')).toBe(2);
  });

  it('a broker that cannot be asked keeps the report open until the next tick', async () => {
    const { world } = operation;
    world.kis.set({ refuseData: 'EGW00201' });
    const { lines, state } = await operation.send(report());
    expect(story(lines)).toEqual(['keep Unverified']);
    expect(state?.wanted).toMatchObject({ reason: 'Rejected', generation: 1 });
    world.kis.set({ refuseData: null });
    world.clock.advance(5 * MINUTE);
    const next = await operation.tick('kis-main');
    expect(story(next.lines)).toEqual(['keep StillAlive']);
    expect(next.state?.wanted).toBeUndefined();
  });

  it('a dead token that KIS hands back is revoked and asked for once more', async () => {
    const { world } = operation;
    world.kis.kill(world.published('kis-main').token ?? '');
    const { lines, state } = await operation.send(report());
    expect(story(lines)).toEqual([
      'keep Rejected',
      'issue TokenDead unchanged',
      'revoke TokenDead revoked',
      'wait TooSoon',
      'issue TokenDead unchanged',
      'wait TooSoon',
      'wait WouldReuse',
    ]);
    expect(state).toMatchObject({ generation: 1, dead: true });
    expect(operation.lastReadings('kis-main')).toMatchObject({ trouble: 2, secondsToExpiry: 0 });
    expect(world.kis.count('issue')).toBe(3);
  });

  it('and then it waits for the end of the window', async () => {
    const { world } = operation;
    world.kis.kill(world.published('kis-main').token ?? '');
    await operation.send(report());
    const { state } = world.published('kis-main');
    expect(state?.attempt?.retryAt).toBe(START + 6 * HOUR + MINUTE);
    await operation.run('kis-main', START + 6 * HOUR + 10 * MINUTE);
    expect(world.kis.count('issue')).toBe(4);
    expect(operation.state('kis-main')).toMatchObject({ generation: 2, dead: undefined });
  });

  it('a token parameter that somebody deleted is as good as a dead token', async () => {
    const { world } = operation;
    world.aws.deleteParameter('/broker-tokens/kiwoom-main/token');
    world.kiwoom.set({ reissue: 'supersede' });
    const { lines } = await operation.send(report('kiwoom-main'));
    expect(story(lines)).toEqual(['keep Rejected', 'issue TokenDead published']);
    expect(world.published('kiwoom-main').token).toBeDefined();
  });
});

describe('a token that was found alive, and ended by the call that was made next', () => {
  it('is found dead: what was known before the call is not believed after it', async () => {
    const { world } = operation;
    world.kiwoom.set({ reissue: 'supersede' });
    world.clock.set(START + 23 * HOUR + MINUTE);
    world.kiwoom.set({ outage: { issue: 'cut' } });
    const { lines, state } = await operation.send(report('kiwoom-main'));
    expect(world.kiwoom.isAlive(world.published('kiwoom-main').token ?? '')).toBe(false);
    expect(story(lines)).toContain('issue NearExpiry unavailable');
    expect(state).toMatchObject({ dead: true });
  });
});

describe.each([
  ['deleted', (world: World, name: string) => world.aws.deleteParameter(name)],
  [
    'overwritten',
    (world: World, name: string) => world.aws.putParameter(name, 'FAKE-of-nobody', 'SecureString'),
  ],
] as const)('a token parameter that somebody has %s', (_how, damage) => {
  it.each(['kis-main', 'kiwoom-main'])(
    'of %s: the broker hands the living token back, and it is put there again',
    async (id) => {
      const { world } = operation;
      world.kiwoom.set({ reissue: 'same-token' });
      const { token } = world.published(id);
      world.clock.advance(HOUR);
      damage(world, `/broker-tokens/${id}/token`);
      const { lines } = await operation.send(report(id));
      expect(story(lines)).toEqual(['keep Rejected', 'issue TokenDead unchanged', 'keep StillAlive']);
      expect(world.published(id).token).toBe(token);
      expect(world.broker(id).isAlive(token ?? '')).toBe(true);
      expect(operation.state(id)).toMatchObject({ generation: 1, dead: undefined });
      expect(operation.state(id)?.doubted).toBeUndefined();
    },
  );
});

describe('an operator revokes', () => {
  const revoke = { credential: 'kiwoom-main', cause: 'revoke' } as const;

  it('the live token dies at the broker and a new one takes its place', async () => {
    const { world } = operation;
    const { token } = world.published('kiwoom-main');
    const { lines, state } = await operation.send(revoke, 'operator-1');
    expect(story(lines)).toEqual(['revoke Requested revoked', 'issue TokenDead published']);
    expect(world.kiwoom.isAlive(token ?? '')).toBe(false);
    expect(state).toMatchObject({ generation: 2, dead: undefined, paused: undefined });
    expect(state?.last).toMatchObject({ messageId: 'operator-1', action: 'issue', reason: 'TokenDead' });
  });

  it('the same message delivered twice revokes once', async () => {
    await operation.send(revoke, 'operator-1');
    const { lines, state } = await operation.send(revoke, 'operator-1');
    expect(story(lines)).toEqual([]);
    expect(state).toMatchObject({ generation: 2 });
    expect(operation.world.kiwoom.count('revoke')).toBe(1);
  });

  it('without reissue the credential stays revoked and paused, until it is forced', async () => {
    const { world } = operation;
    const { lines, state } = await operation.send({ ...revoke, reissue: false });
    expect(story(lines)).toEqual(['revoke Requested revoked', 'hold Paused']);
    expect(state).toMatchObject({ dead: true, paused: true });
    world.clock.advance(5 * MINUTE);
    expect(story((await operation.tick('kiwoom-main')).lines)).toEqual(['hold Paused']);
    expect(story((await operation.send(report('kiwoom-main'))).lines)).toEqual(['hold Paused']);
    const forced = await operation.send({ credential: 'kiwoom-main', cause: 'forced' });
    expect(story(forced.lines)).toEqual(['issue TokenDead published']);
    expect(forced.state).toMatchObject({ paused: undefined, dead: undefined, generation: 2 });
  });

  it('a revoke with reissue lifts the pause as well', async () => {
    await operation.send({ ...revoke, reissue: false });
    operation.world.clock.advance(MINUTE);
    const { state } = await operation.send(revoke);
    expect(state).toMatchObject({ paused: undefined, generation: 2 });
  });

  it('a broker that cannot be reached is told, and a new token is asked for all the same', async () => {
    const { world } = operation;
    world.kiwoom.set({ outage: { revoke: 'http-500' }, reissue: 'supersede' });
    const { lines, state } = await operation.send(revoke);
    expect(story(lines)).toEqual(['revoke Requested unavailable', 'issue TokenDead published']);
    expect(state).toMatchObject({ generation: 2 });
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
    expect(story(lines)).toEqual(['revoke Requested revoked', 'hold Paused']);
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
      expect(story(lines)).toEqual(['issue Missing published']);
      expect(fresh.world.kiwoom.count('revoke')).toBe(0);
    } finally {
      await fresh.stop();
    }
  });

  it('a secret without a key is told; the token is held for dead', async () => {
    operation.world.putSecret('kiwoom', 'nothing');
    const { state } = await operation.send(revoke);
    expect(state).toMatchObject({ dead: true, attempt: { outcome: 'unconfigured' } });
  });
});

describe('an operator forces a refresh', () => {
  const forced = { credential: 'kis-main', cause: 'forced', reason: 'drill' } as const;

  it('within the six hours the answer is from when it would help', async () => {
    const { lines, state } = await operation.send(forced, 'operator-1');
    expect(lines).toMatchObject([{ action: 'wait', reason: 'WouldReuse', next: '2026-11-23T06:00:00.000Z' }]);
    expect(state?.last).toMatchObject({ messageId: 'operator-1', action: 'wait', reason: 'WouldReuse' });
    expect(state?.wanted).toBeUndefined();
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
    expect(state?.wanted).toMatchObject({ reason: 'Forced' });
    world.clock.advance(5 * MINUTE);
    const { state: served } = await operation.tick('kiwoom-main');
    expect(served).toMatchObject({ generation: 3, wanted: undefined });
  });

  it('through an outage it stays wanted', async () => {
    const { world } = operation;
    world.clock.advance(6 * HOUR);
    world.kis.set({ outage: 'html' });
    await operation.send(forced);
    expect(operation.state('kis-main')?.wanted).toMatchObject({ reason: 'Forced' });
    world.kis.set({ outage: 'none' });
    world.clock.advance(5 * MINUTE);
    expect((await operation.tick('kis-main')).state).toMatchObject({ generation: 2, wanted: undefined });
  });
});
