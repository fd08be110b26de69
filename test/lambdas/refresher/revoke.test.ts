import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../simulator/explore/explored-world.ts';
import {
  always,
  HOUR,
  later,
  linesOf,
  publishedIn,
  SECRET_ARN,
  secretText,
  storeSecret,
  TICK,
  worldWith,
} from './world-harness.ts';

const REVOKE = { cause: 'revoke' } as const;
const REVOKE_ONLY = { cause: 'revoke', reissue: false } as const;

describe('A requested revocation', () => {
  it.each(['kis', 'kiwoom'] as const)('of %s ends the token and publishes another one', async (broker) => {
    const world = later(await worldWith(broker), HOUR);
    const old = world.token ?? '';
    await world.deliver(REVOKE);
    expect(linesOf(world)).toEqual([
      'revoke Requested: revoked',
      'issue TokenDead: published',
      'verify Suspect: alive',
      'keep StillAlive',
    ]);
    expect(world.calls.slice(0, 6)).toEqual([
      'read',
      'readSecret',
      'readToken',
      'writeState',
      'revoke',
      'writeState',
    ]);
    expect(world.broker().isAlive(old)).toBe(false);
    expect(world.isTokenLive).toBe(true);
    expect(world.published.pending).toBeUndefined();
  });

  it('stamps the call and its kind before it is made, and counts it as no issue call', async () => {
    const world = later(await worldWith('kis'), HOUR);
    const { issues, lastCallAt } = world.published;
    let stamped: unknown;
    world.choose = (call) => {
      if (call === 'revoke') stamped = world.published;
      return 'ok';
    };
    await world.deliver(REVOKE_ONLY);
    expect(stamped).toMatchObject({
      published: { health: 'suspect', revocations: 1 },
      attempt: { kind: 'revoke', outcome: 'started', cause: 'revoke', messageId: 'm-2' },
      issues,
      lastCallAt,
    });
    expect(stamped).not.toHaveProperty('interrupted', true);
  });

  it('goes to the market that issued the token although the config names another one', async () => {
    const world = later(await worldWith('kis'), HOUR);
    const issuer = world.broker();
    const old = world.token ?? '';
    world.state.config = { ...world.state.config, market: 'live' };
    await world.deliver(REVOKE_ONLY);
    expect(linesOf(world)[0]).toBe('revoke Requested: revoked');
    expect(issuer.isAlive(old)).toBe(false);
    expect(world.broker().count('revoke')).toBe(0);
  });

  it('that fails raises the failure level at once, although the token waits for its expiry', async () => {
    const world = later(await worldWith('kiwoom', { config: { renewEarly: 'wait' } }), 22 * HOUR);
    await world.tick();
    expect((await later(world, TICK).tick()).failureLevel).toBe(0);
    world.choose = always('revoke', 'throttled');
    expect((await later(world, TICK).deliver(REVOKE)).failureLevel).toBe(1);
  });

  it('without a reissue pauses the credential until a forced refresh', async () => {
    const world = later(await worldWith('kis'), HOUR);
    const result = await world.deliver(REVOKE_ONLY);
    expect(linesOf(world)).toEqual(['revoke Requested: revoked', 'hold Paused']);
    expect(result).toMatchObject({ failureLevel: 0, secondsToExpiry: 0, issued: 0 });
    await later(world, 48 * HOUR).tick();
    expect([world.calls, linesOf(world)]).toEqual([['read'], ['hold Paused']]);
    await world.deliver({ cause: 'forced' });
    expect(world.isTokenLive).toBe(true);
    expect(world.published.paused).toBeUndefined();
  });

  it('uses the app key that issued the token', async () => {
    const world = later(await worldWith('kis'), HOUR);
    const old = world.token ?? '';
    world.broker().setKeys([keyOf('kis'), keyOf('kis', 1)]);
    storeSecret(world, 'v2', secretText('kis', keyOf('kis', 1)));
    await world.deliver(REVOKE);
    expect(world.calls.slice(0, 6)).toEqual([
      'read',
      'readSecret',
      'readToken',
      'readSecret',
      'writeState',
      'revoke',
    ]);
    expect(linesOf(world)[0]).toBe('revoke Requested: revoked');
    expect(world.broker().isAlive(old)).toBe(false);
    expect(world.isTokenLive).toBe(true);
  });

  it('is not sent without the app key that issued the token', async () => {
    const world = later(await worldWith('kis'), HOUR);
    delete world.state.secrets[SECRET_ARN];
    await world.deliver(REVOKE_ONLY);
    expect(linesOf(world)).toEqual([
      'read-secret Requested: unconfigured',
      'revoke Requested: unconfigured',
      'hold RevokePending',
    ]);
    expect(publishedIn(world).revocations).toBeUndefined();
    expect(world.calls).not.toContain('revoke');
    expect(publishedIn(world).health).toBe('live');
  });
});
