import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../simulator/explore/explored-world.ts';
import { MINUTE } from '../decision/facts.ts';
import {
  HOUR,
  issueCalls,
  later,
  linesOf,
  secretText,
  storeSecret,
  TICK,
  worldWith,
} from './world-harness.ts';

describe('A message', () => {
  it('that is delivered twice is answered once', async () => {
    const world = later(await worldWith('kiwoom'), HOUR);
    await world.deliver({ cause: 'forced' }, 'm-forced');
    const calls = issueCalls(world).length;
    await later(world, MINUTE).deliver({ cause: 'forced' }, 'm-forced');
    expect(linesOf(world)).toEqual(['keep Fresh']);
    expect(issueCalls(world)).toHaveLength(calls);
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
