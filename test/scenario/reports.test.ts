import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../../simulator/world.ts';
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

describe('a consumer reports that its token was rejected', () => {
  it.each(['kis-main', 'kiwoom-main'])('%s: a token that works is kept, and that is said', async (id) => {
    const { lines, state } = await operation.send(report(id), 'report-1');
    expect(trace(lines)).toEqual(['verify Suspect alive', 'keep StillAlive']);
    expect(state?.lastRequest).toMatchObject({ messageId: 'report-1', action: 'keep', reason: 'StillAlive' });
    expect(operation.world.broker(id).count('issue')).toBe(1);
  });

  it.each(['kis-main', 'kiwoom-main'])(
    '%s: a dead one is replaced at once, reuse window or not',
    async (id) => {
      const { world } = operation;
      world.kis.set({ reuseDead: 'never' });
      world.broker(id).kill(world.published(id).token ?? '');
      const { lines, state } = await operation.send(report(id));
      expect(trace(lines)).toEqual([
        'verify Suspect dead',
        'issue TokenDead published',
        ...['verify Suspect alive', 'keep StillAlive'],
      ]);
      expect(state).toMatchObject({ generation: 2, published: { health: 'live' } });
      expect(world.broker(id).isAlive(world.published(id).token ?? '')).toBe(true);
    },
  );

  it('a hundred reports replace a generation once', async () => {
    const { world } = operation;
    world.kis.set({ reuseDead: 'never' });
    world.kis.kill(world.published('kis-main').token ?? '');
    await operation.send(report());
    const stories = [];
    for (let i = 0; i < 3; i++) stories.push(...trace((await operation.send(report())).lines));
    expect(stories).toEqual(['keep AlreadyReplaced', 'keep AlreadyReplaced', 'keep AlreadyReplaced']);
    expect(world.kis.count('issue')).toBe(2);
  });

  it('a broker that cannot be asked keeps the report open until the next tick', async () => {
    const { world } = operation;
    world.kis.set({ refuseData: 'EGW00201' });
    const { lines, state } = await operation.send(report());
    expect(trace(lines)).toEqual(['verify Suspect unclear', 'keep Unverified']);
    expect(state?.published?.health).toBe('suspect');
    world.kis.set({ refuseData: null });
    world.clock.advance(5 * MINUTE);
    const next = await operation.tick('kis-main');
    expect(trace(next.lines)).toEqual(['verify Suspect alive', 'keep StillAlive']);
    expect(next.state?.published?.health).toBe('live');
  });

  it('revokes a dead token that KIS returns until its revocation, and publishes the next one', async () => {
    const { world } = operation;
    world.kis.kill(world.published('kis-main').token ?? '');
    const { lines, state } = await operation.send(report());
    expect(trace(lines)).toEqual([
      'verify Suspect dead',
      'issue TokenDead unchanged',
      'verify TokenDead dead',
      'revoke TokenDead revoked',
      'wait TooSoon',
      'issue TokenDead published',
      'verify Suspect alive',
      'keep StillAlive',
    ]);
    expect(state).toMatchObject({ generation: 2, published: { health: 'live' } });
    expect(state?.revokeUseless).toBeUndefined();
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 0 });
    expect(world.kis.count('issue')).toBe(3);
  });

  it('revokes a dead token that KIS goes on returning once, and reports that a person must act', async () => {
    const { world } = operation;
    world.kis.set({ reuseDead: 'always' });
    world.kis.kill(world.published('kis-main').token ?? '');
    const { lines, state } = await operation.send(report());
    expect(trace(lines)).toEqual([
      'verify Suspect dead',
      'issue TokenDead unchanged',
      'verify TokenDead dead',
      'revoke TokenDead revoked',
      'wait TooSoon',
      'issue TokenDead unchanged',
      'wait TooSoon',
    ]);
    expect(state).toMatchObject({ generation: 1, published: { health: 'dead' }, revokeUseless: true });
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2, secondsToExpiry: 0 });
    expect(world.kis.count('issue')).toBe(3);
  });

  it('asks KIS for a useless token again after 15, 30, then every 60 minutes until the reuse window ends', async () => {
    const { world } = operation;
    world.kis.set({ reuseDead: 'always' });
    world.kis.kill(world.published('kis-main').token ?? '');
    await operation.send(report());
    const useless = world.clock.now();
    await operation.run('kis-main', START + 6 * HOUR + 10 * MINUTE);
    const asked = world.kis.calls.filter(({ kind, at }) => kind === 'issue' && at > useless);
    // Ticks are five minutes apart; the last call comes at the end of the window.
    expect(asked.map(({ at }) => Math.round((at - useless) / (5 * MINUTE)) * 5)).toEqual([
      ...[15, 45, 105, 165, 225, 285],
      300,
    ]);
    expect(operation.state('kis-main')).toMatchObject({ generation: 2, published: { health: 'live' } });
  });

  it('replaces a token whose parameter was deleted', async () => {
    const { world } = operation;
    world.aws.deleteParameter('/broker-tokens/kiwoom-main/token');
    world.kiwoom.set({ reissue: 'supersede' });
    const { lines } = await operation.send(report('kiwoom-main'));
    expect(trace(lines)).toEqual([
      'issue ParameterLost published',
      ...['verify Suspect alive', 'keep StillAlive'],
    ]);
    expect(world.kiwoom.isAlive(world.published('kiwoom-main').token ?? '')).toBe(true);
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
    expect(trace(lines)).toEqual([
      'verify Suspect alive',
      'issue NearExpiry unavailable',
      'verify Suspect dead',
      'wait TooSoon',
    ]);
    expect(state).toMatchObject({ published: { health: 'dead' } });
  });
});

describe.each([
  ['deleted', (world: World, name: string) => world.aws.deleteParameter(name)],
  [
    'overwritten',
    (world: World, name: string) => world.aws.putParameter(name, 'FAKE-of-nobody', 'SecureString'),
  ],
] as const)('a token parameter that was %s', (how, damage) => {
  it.each(['kis-main', 'kiwoom-main'])(
    'holds the live token of %s again after the next message',
    async (id) => {
      const { world } = operation;
      world.kiwoom.set({ reissue: 'same-token' });
      const { token } = world.published(id);
      world.clock.advance(HOUR);
      damage(world, `/broker-tokens/${id}/token`);
      const { lines } = await operation.send(report(id));
      expect(trace(lines)).toEqual([
        ...(how === 'deleted'
          ? ['issue ParameterLost unchanged', 'verify Suspect alive']
          : ['verify Suspect alive', 'restore ParameterChanged']),
        'keep StillAlive',
      ]);
      expect(world.published(id).token).toBe(token);
      expect(world.broker(id).isAlive(token ?? '')).toBe(true);
      expect(operation.state(id)).toMatchObject({ generation: 1, published: { health: 'live' } });
    },
  );

  it.each(['kis-main', 'kiwoom-main'])('holds the live token of %s again after the next tick', async (id) => {
    const { world } = operation;
    world.kiwoom.set({ reissue: 'same-token' });
    const { token } = world.published(id);
    world.clock.advance(30 * MINUTE);
    damage(world, `/broker-tokens/${id}/token`);
    const { lines } = await operation.tick(id);
    expect(trace(lines)).toEqual([
      'restore ParameterChanged',
      ...(how === 'deleted' ? ['issue ParameterLost unchanged'] : []),
    ]);
    expect(world.published(id).token).toBe(token);
    expect(operation.state(id)).toMatchObject({ generation: 1, published: { health: 'live' } });
  });
});
