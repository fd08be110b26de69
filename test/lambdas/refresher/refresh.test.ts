import { describe, expect, it } from 'vitest';
import { fakeAppKey } from '../../../simulator/explore/explored-world.ts';
import { MINUTE, SECOND } from '../decision/facts.ts';
import {
  alwaysFail,
  createEmptyWorld,
  createWorldAtRenewal,
  createWorldWithToken,
  decisionsIn,
  later,
  publishedTokenIn,
  START,
  secretText,
  storeSecret,
} from './world-harness.ts';

const ISSUE = ['writeState', 'issue', 'writeToken', 'writeState'];
const KEEP_FRESH = { action: 'keep', reason: 'Fresh' };
const VERIFY = ['readSecret', 'readToken', 'verify'];

describe('A first tick', () => {
  it.each(['kis', 'kiwoom'] as const)(
    'for %s records the start of the issue call, issues a token, and writes the token before the state',
    async (broker) => {
      const world = createEmptyWorld(broker);
      const result = await world.tick();
      expect(world.calls).toEqual(['read', 'readSecret', ...ISSUE]);
      expect(decisionsIn(world)).toBe('issue Missing: published, keep Fresh');
      expect(world.published.generation).toBe(1);
      expect(publishedTokenIn(world)).toMatchObject({ health: 'live', tokenVersion: 1 });
      expect(result).toMatchObject({ issued: 1, failureLevel: 0, decision: KEEP_FRESH });
      expect(result.secondsToExpiry).toBeGreaterThan(86_000);
      expect(world.isTokenLive).toBe(true);
    },
  );

  it('stores the id, the cause and the decision of its message as lastRequest in the state', async () => {
    const world = await createWorldWithToken('kis');
    const message = { messageId: 'm-1', cause: 'schedule', at: START + 300 };
    expect(world.published.lastRequest).toEqual({ ...message, ...KEEP_FRESH });
  });

  it('is followed by ticks that do not write the state while the broker rejects the app key', async () => {
    const world = createEmptyWorld('kis');
    world.chooseOutcome = alwaysFail('issue', 'rejected');
    await world.tick();
    await later(world, MINUTE).tick();
    const text = world.state.state;
    await later(world, MINUTE).tick();
    expect(world.state.state).toBe(text);
    expect(world.calls).toEqual(['read', 'readSecret']);
  });
});

describe('An idle tick', () => {
  it('makes one call to AWS', async () => {
    const world = later(await createWorldWithToken('kis'), 20 * MINUTE);
    const result = await world.tick();
    expect(world.calls).toEqual(['read']);
    expect(decisionsIn(world)).toBe('keep Fresh');
    const left = { secondsToExpiry: 85_199.7, headroom: 85_199.7 };
    expect(result).toMatchObject({ issued: 0, failureLevel: 0, ...left });
  });

  it('reads the version of the secret once an hour', async () => {
    const world = later(await createWorldWithToken('kis'), 35 * MINUTE);
    await world.tick();
    expect(world.calls).toEqual(['read', 'checkSecret']);
  });

  it('detects a changed secret whose event was lost', async () => {
    const world = later(await createWorldWithToken('kis'), 35 * MINUTE);
    storeSecret(world, 'v2', secretText('kis', fakeAppKey('kis')));
    await world.tick();
    expect(world.calls).toEqual(['read', 'checkSecret', ...VERIFY, 'writeState']);
    expect(publishedTokenIn(world).issuedFor.secretVersion).toBe('v2');
    expect(world.published.pending).toBeUndefined();
  });

  it('succeeds if the read of the secret version fails', async () => {
    const world = later(await createWorldWithToken('kis'), 35 * MINUTE);
    world.chooseOutcome = alwaysFail('checkSecret', 'failed');
    const result = await world.tick();
    expect(result).toMatchObject({ failureLevel: 0, decision: KEEP_FRESH });
    expect(result.failure).toBeUndefined();
    expect(world.calls).toEqual(['read', 'checkSecret']);
  });
});

describe('A renewal', () => {
  it('revokes a Kiwoom token that Kiwoom returned again, and issues a new token within half a second', async () => {
    const world = await createWorldAtRenewal('kiwoom');
    const old = world.token ?? '';
    await world.tick();
    expect(world.calls.slice(0, 15).join()).toBe(
      'read,readSecret,readToken,verify,writeState,issue,writeState,sleep 2 s,' +
        'readSecret,readToken,writeState,revoke,writeState,issue,writeToken',
    );
    expect(decisionsIn(world)).toBe(
      'verify BeforeCall: alive, issue NearExpiry: unchanged, wait TooSoon, revoke NearExpiry: revoked, ' +
        'issue TokenDead: published, verify Suspect: alive, keep StillAlive',
    );
    const died = world.broker().tokens.find(({ token }) => token === old)?.invalidatedAt ?? 0;
    const issuedAt = world.broker().tokens.at(-1)?.issuedAt ?? 0;
    expect(issuedAt - died).toBeLessThanOrEqual(500);
    expect(world.published).toMatchObject({ generation: 2, published: { health: 'live' } });
    expect(publishedTokenIn(world).revocations).toBeUndefined();
  });

  it('replaces a KIS token within 2 s after its expiry if KIS returned the same token until then', async () => {
    const world = await createWorldAtRenewal('kis', { options: { reuseWindowSeconds: 86_400 } });
    await world.tick();
    await later(world, 35 * MINUTE).tick();
    const { expiresAt } = publishedTokenIn(world);
    world.state.now = expiresAt - 4 * MINUTE;
    await world.tick();
    expect(decisionsIn(world)).toBe(
      'verify AwaitExpiry: alive, wait AwaitExpiry, issue Expired: published, keep Fresh',
    );
    expect(world.published.generation).toBe(2);
    expect(publishedTokenIn(world).issuedAt).toBeLessThanOrEqual(expiresAt + 2 * SECOND);
    expect(world.isTokenLive).toBe(true);
  });
});
