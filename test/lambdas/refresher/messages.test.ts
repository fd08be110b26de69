import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../simulator/explore/explored-world.ts';
import { MINUTE, SECOND } from '../decision/facts.ts';
import {
  always,
  dueWorld,
  HOUR,
  issueCalls,
  later,
  linesOf,
  START,
  secretText,
  storeSecret,
  TICK,
  worldWith,
} from './world-harness.ts';

describe('A message', () => {
  it('that reports a replaced generation changes nothing but the last request', async () => {
    const world = await dueWorld('kis');
    await world.tick();
    const { lastRequest: _, ...before } = world.published;
    await world.deliver({ cause: 'rejected', generation: 1 });
    expect([world.calls, linesOf(world)]).toEqual([['read', 'writeState'], ['keep AlreadyReplaced']]);
    const { lastRequest, ...after } = world.published;
    expect(after).toEqual(before);
    expect(lastRequest).toMatchObject({
      messageId: 'm-3',
      cause: 'rejected',
      action: 'keep',
      reason: 'AlreadyReplaced',
    });
  });

  it('that reports a live token makes one verify call a minute', async () => {
    const world = later(await worldWith('kis'), HOUR);
    await world.deliver({ cause: 'rejected', generation: 1 });
    expect(linesOf(world)).toEqual(['verify Suspect: alive', 'keep StillAlive']);
    await later(world, 30 * SECOND).deliver({ cause: 'rejected', generation: 1 });
    expect(world.calls).not.toContain('verify');
    await later(world, 30 * SECOND).deliver({ cause: 'rejected', generation: 1 });
    expect(world.calls).toContain('verify');
  });

  it('that is delivered twice is answered once', async () => {
    const world = later(await worldWith('kiwoom'), HOUR);
    await world.deliver({ cause: 'forced' }, 'm-forced');
    const calls = issueCalls(world).length;
    await later(world, MINUTE).deliver({ cause: 'forced' }, 'm-forced');
    expect(linesOf(world)).toEqual(['keep Fresh']);
    expect(issueCalls(world)).toHaveLength(calls);
  });

  it('of an operator is answered with WouldReuse within the reuse window of KIS', async () => {
    const world = later(await worldWith('kis'), HOUR);
    await world.deliver({ cause: 'forced' });
    expect([world.calls, linesOf(world)]).toEqual([['read', 'writeState'], ['wait WouldReuse']]);
    expect(world.published.pending).toBeUndefined();
  });

  it('of an operator stays pending for a broker that does not answer', async () => {
    const world = later(await worldWith('kiwoom'), HOUR);
    world.choose = always('verify', 'lost');
    await world.deliver({ cause: 'forced' });
    expect(world.published.pending).toEqual({ forced: { since: START + 300 + HOUR } });
    world.choose = () => 'ok';
    await later(world, TICK).tick();
    expect(linesOf(world)).toEqual(['verify BeforeCall: alive', 'issue Forced: unchanged', 'keep Fresh']);
    expect(world.published.pending).toBeUndefined();
  });

  it('of a changed secret with another app key publishes a token of that key after the minimum interval', async () => {
    const world = later(await worldWith('kis'), SECOND);
    world.broker().setKeys([keyOf('kis'), keyOf('kis', 1)]);
    storeSecret(world, 'v2', secretText('kis', keyOf('kis', 1)));
    await world.deliver({ cause: 'credentials-changed' });
    expect(linesOf(world)).toEqual(['wait TooSoon', 'issue CredentialsChanged: published', 'keep Fresh']);
    expect(world.published.issues).toHaveLength(1);
    expect(world.isTokenLive).toBe(true);
  });

  it('of a secret that was reverted is reverted', async () => {
    const world = later(await worldWith('kis'), HOUR);
    storeSecret(world, 'v2', '{}');
    const broken = await world.deliver({ cause: 'credentials-changed' });
    expect(linesOf(world)).toEqual(['read-secret Fresh: unconfigured', 'hold CredentialsRejected']);
    expect(broken.failureLevel).toBe(2);
    expect(broken.secondsToExpiry).toBeGreaterThan(0);
    storeSecret(world, 'v1', secretText('kis', keyOf('kis')));
    const mended = await later(world, TICK).tick();
    expect(linesOf(world)).toEqual(['keep Fresh']);
    expect(mended.failureLevel).toBe(0);
    expect(world.published).not.toHaveProperty('pending', expect.anything());
  });
});
