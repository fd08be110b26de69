import { describe, expect, it } from 'vitest';
import { refresh } from '../../../lambdas/refresher/refresh.ts';
import { keyOf } from '../../../simulator/explore/explored-world.ts';
import { MINUTE, SECOND } from '../decision/facts.ts';
import {
  always,
  dueWorld,
  emptyWorld,
  HOUR,
  issueCalls,
  later,
  linesOf,
  publishedIn,
  START,
  secretText,
  storeSecret,
  TICK,
  worldWith,
} from './world-harness.ts';

const ISSUE = ['writeState', 'issue', 'writeToken', 'writeState'];
const VERIFY = ['readSecret', 'readToken', 'verify'];

describe('A first tick', () => {
  it.each(['kis', 'kiwoom'] as const)(
    'stamps, asks, and writes the token before the state for %s',
    async (broker) => {
      const world = emptyWorld(broker);
      const result = await world.tick();
      expect(world.calls).toEqual(['read', 'readSecret', ...ISSUE]);
      expect(linesOf(world)).toEqual(['issue Missing: published', 'keep Fresh']);
      expect(world.published).toMatchObject({
        generation: 1,
        published: { health: 'live', tokenVersion: 1 },
      });
      expect(result).toMatchObject({
        issued: 1,
        failureLevel: 0,
        decision: { action: 'keep', reason: 'Fresh' },
      });
      expect(result.secondsToExpiry).toBeGreaterThan(86_000);
      expect(world.isTokenLive).toBe(true);
    },
  );

  it('records the answered message', async () => {
    const world = await worldWith('kis');
    expect(world.published.lastRequest).toEqual({
      messageId: 'm-1',
      cause: 'schedule',
      at: START + 300,
      action: 'keep',
      reason: 'Fresh',
    });
  });

  it('writes the state once while its first key stays refused', async () => {
    const world = emptyWorld('kis');
    world.choose = always('issue', 'rejected');
    await world.tick();
    await later(world, MINUTE).tick();
    const text = world.state.state;
    await later(world, MINUTE).tick();
    expect(world.state.state).toBe(text);
    expect(world.calls).toEqual(['read', 'readSecret']);
  });
});

describe('An idle tick', () => {
  it('is one call', async () => {
    const world = later(await worldWith('kis'), 20 * MINUTE);
    const result = await world.tick();
    expect(world.calls).toEqual(['read']);
    expect(linesOf(world)).toEqual(['keep Fresh']);
    expect(result).toMatchObject({
      issued: 0,
      failureLevel: 0,
      secondsToExpiry: 85_199.7,
      headroom: 85_199.7,
    });
  });

  it('names the next instant in its log line', async () => {
    const world = later(await worldWith('kis'), 20 * MINUTE);
    await world.tick();
    const next = new Date(publishedIn(world).renewAt).toISOString();
    expect(world.lines).toEqual([
      {
        credential: 'main',
        cause: 'schedule',
        messageId: 'm-2',
        action: 'keep',
        reason: 'Fresh',
        generation: 1,
        next,
      },
    ]);
  });

  it('reads the version of the secret once an hour', async () => {
    const world = later(await worldWith('kis'), 35 * MINUTE);
    await world.tick();
    expect(world.calls).toEqual(['read', 'checkSecret']);
  });

  it('finds a changed secret whose event was lost', async () => {
    const world = later(await worldWith('kis'), 35 * MINUTE);
    storeSecret(world, 'v2', secretText('kis', keyOf('kis')));
    await world.tick();
    expect(world.calls).toEqual(['read', 'checkSecret', ...VERIFY, 'writeState']);
    expect(publishedIn(world).issuedFor.secretVersion).toBe('v2');
    expect(world.published.pending).toBeUndefined();
  });

  it('ignores a failed read of the version of the secret', async () => {
    const world = later(await worldWith('kis'), 35 * MINUTE);
    world.choose = always('checkSecret', 'failed');
    const result = await world.tick();
    expect(result).toMatchObject({ failureLevel: 0, decision: { action: 'keep', reason: 'Fresh' } });
    expect(result.failure).toBeUndefined();
    expect(world.calls).toEqual(['read', 'checkSecret']);
  });
});

describe('A renewal', () => {
  it.each([
    ['kis', {}],
    ['kiwoom', { reissue: 'supersede' }],
  ] as const)('verifies, stamps, asks and publishes for %s', async (broker, options) => {
    const world = await dueWorld(broker, { options });
    await world.tick();
    expect(world.calls).toEqual(['read', ...VERIFY, ...ISSUE]);
    expect(linesOf(world)).toEqual(['verify BeforeCall: alive', 'issue NearExpiry: published', 'keep Fresh']);
    expect(world.published).toMatchObject({ generation: 2, published: { health: 'live', tokenVersion: 2 } });
    expect(world.isTokenLive).toBe(true);
  });

  it('of a Kiwoom token that is returned again waits, then revokes and issues within half a second', async () => {
    const world = await dueWorld('kiwoom');
    const old = world.token ?? '';
    await world.tick();
    expect(world.calls).toEqual([
      'read',
      ...VERIFY,
      'writeState',
      'issue',
      'writeState',
      'sleep 2 s',
      'readSecret',
      'readToken',
      'writeState',
      'revoke',
      'writeState',
      'issue',
      'writeToken',
      ...world.calls.slice(15),
    ]);
    expect(linesOf(world)).toEqual([
      'verify BeforeCall: alive',
      'issue NearExpiry: unchanged',
      'wait TooSoon',
      'revoke NearExpiry: revoked',
      'issue TokenDead: published',
      'verify Suspect: alive',
      'keep StillAlive',
    ]);
    const died = world.broker().tokens.find(({ token }) => token === old)?.diedAt ?? 0;
    const issuedAt = world.broker().tokens.at(-1)?.issuedAt ?? 0;
    expect(issuedAt - died).toBeLessThanOrEqual(500);
    expect(world.published).toMatchObject({ generation: 2, published: { health: 'live' } });
    expect(publishedIn(world).revocations).toBeUndefined();
  });

  it('of a Kiwoom token waits for its end with "wait"', async () => {
    const world = await dueWorld('kiwoom', { config: { renewEarly: 'wait' } });
    await world.tick();
    await later(world, TICK).tick();
    expect(world.calls).toEqual(['read']);
    expect(linesOf(world)).toEqual(['wait AwaitExpiry']);
    expect(world.broker().count('revoke')).toBe(0);
  });

  it('of a KIS token that is returned again calls twice, 30 min apart, and then waits for its expiry', async () => {
    const world = await dueWorld('kis', { options: { reuseWindowSeconds: 86_400 } });
    await world.tick();
    expect(linesOf(world)).toEqual([
      'verify BeforeCall: alive',
      'issue NearExpiry: unchanged',
      'wait TooSoon',
    ]);
    expect(world.calls).toEqual(['read', ...VERIFY, 'writeState', 'issue', 'writeState']);
    await later(world, TICK).tick();
    expect([world.calls, linesOf(world)]).toEqual([['read'], ['wait WouldReuse']]);
    await later(world, 30 * MINUTE).tick();
    expect(publishedIn(world).returnedAgain).toBe(2);
    const result = await later(world, TICK).tick();
    expect([world.calls, linesOf(world)]).toEqual([['read'], ['wait AwaitExpiry']]);
    expect(result).toMatchObject({ failureLevel: 0, headroom: 3 * 3600 });
    expect(issueCalls(world)).toHaveLength(3);
  });

  it('replaces a KIS token that is kept to its end within 2 s of it', async () => {
    const world = await dueWorld('kis', { options: { reuseWindowSeconds: 86_400 } });
    await world.tick();
    await later(world, 35 * MINUTE).tick();
    const { expiresAt } = publishedIn(world);
    world.state.now = expiresAt - 4 * MINUTE;
    await world.tick();
    expect(linesOf(world)).toEqual([
      'verify AwaitExpiry: alive',
      'wait AwaitExpiry',
      'issue Expired: published',
      'keep Fresh',
    ]);
    expect(world.published.generation).toBe(2);
    expect(publishedIn(world).issuedAt).toBeLessThanOrEqual(expiresAt + 2 * SECOND);
    expect(world.isTokenLive).toBe(true);
  });

  it('writes the state and reports the metrics before a sleep', async () => {
    const world = await dueWorld('kis', { options: { reuseWindowSeconds: 86_400 } });
    await world.tick();
    await later(world, 35 * MINUTE).tick();
    world.state.now = publishedIn(world).expiresAt - 4 * MINUTE;
    const soFar: unknown[] = [];
    const ports = { ...world.ports(), beforeSleep: (each: unknown) => soFar.push(each) };
    const message = { credential: 'main', cause: 'schedule' } as const;
    await refresh({ message, messageId: 'm-9', deadline: world.state.now + 450 * SECOND }, ports);
    expect(soFar).toMatchObject([
      { decision: { reason: 'AwaitExpiry' }, failureLevel: 0, headroom: 3 * 3600 },
    ]);
    expect(world.calls.indexOf('writeState')).toBeLessThan(
      world.calls.findIndex((call) => call.startsWith('sleep')),
    );
  });
});

describe('A broker that does not answer a verify call', () => {
  it('gets no issue call before a third of the margin is gone', async () => {
    const world = await dueWorld('kis');
    world.choose = always('verify', 'lost');
    const result = await world.tick();
    expect(world.calls).toEqual(['read', ...VERIFY]);
    expect(linesOf(world)).toEqual(['verify BeforeCall: unreachable', 'wait BrokerUnhealthy']);
    expect(result.failureLevel).toBe(1);
    world.state.now = publishedIn(world).expiresAt - 2 * HOUR + SECOND;
    await world.tick();
    expect(linesOf(world)).toEqual(['issue NearExpiry: published', 'keep Fresh']);
  });
});
