import { describe, expect, it } from 'vitest';
import type { ExploredWorld } from '../../../simulator/explore/explored-world.ts';
import {
  alwaysFail,
  createIdleWorld,
  decisionsIn,
  later,
  publishedTokenIn,
  TICK_INTERVAL,
} from './world-harness.ts';

const OTHER_KEY = 'arn:aws:kms:other';

/** Writes the token parameter as a different program would. */
function overwrite(world: ExploredWorld, value: string, keyArn = world.state.tokenKeyArn): void {
  const { token } = world.state;
  const version = (token?.version ?? 0) + 1;
  world.state.token = { version, values: { ...token?.values, [version]: { value, keyArn } } };
}

describe('A token parameter', () => {
  it('that was overwritten gets the published token again from its previous version', async () => {
    const world = await createIdleWorld();
    const published = world.token;
    overwrite(world, 'FAKE-overwritten');
    await world.tick();
    expect(world.calls).toEqual(['read', 'readToken', 'readToken', 'writeToken', 'writeState']);
    expect(decisionsIn(world)).toBe('restore ParameterChanged, keep Fresh');
    expect(world.lines[0]).toMatchObject({ message: 'written again' });
    expect(world.token).toBe(published);
    expect(publishedTokenIn(world)).toMatchObject({ tokenVersion: 3, health: 'live' });
    await later(world, TICK_INTERVAL).tick();
    expect(world.calls).toEqual(['read']);
  });

  it('that was overwritten with the same token is not written again', async () => {
    const world = await createIdleWorld();
    overwrite(world, world.token ?? '');
    await world.tick();
    expect(world.calls).toEqual(['read', 'readToken', 'writeState']);
    expect(decisionsIn(world)).toBe('restore ParameterChanged, keep Fresh');
    expect(world.lines[0]?.message).toBe('the parameter holds the published token');
    expect(publishedTokenIn(world).tokenVersion).toBe(2);
    await later(world, TICK_INTERVAL).tick();
    expect(world.calls).toEqual(['read']);
  });

  it('that was deleted is created again by an issue call', async () => {
    const world = await createIdleWorld();
    world.state.token = undefined;
    await world.tick();
    expect(decisionsIn(world)).toBe('restore ParameterChanged, issue ParameterLost: unchanged, keep Fresh');
    expect(world.lines[0]).toMatchObject({ message: 'the published token can no longer be read' });
    expect(world.calls.slice(0, 3)).toEqual(['read', 'readToken', 'readSecret']);
    expect(world.isTokenLive).toBe(true);
    expect(publishedTokenIn(world).tokenVersion).toBe(1);
    expect(world.published.generation).toBe(1);
  });

  it('whose version is missing in the state is read once, and overwritten after an issue call', async () => {
    const world = await createIdleWorld();
    const published = { ...publishedTokenIn(world), tokenVersion: undefined };
    world.state.state = { state: { ...world.published, published } };
    world.state.tokenKeyArn = OTHER_KEY;
    world.state.token = { version: 1, values: { 1: { value: 'FAKE-other', keyArn: OTHER_KEY } } };
    await world.tick();
    expect(world.calls.slice(0, 3)).toEqual(['read', 'readToken', 'readSecret']);
    expect(decisionsIn(world)).toMatch(/^restore ParameterChanged, issue ParameterLost: unchanged/);
    expect(world.isTokenLive).toBe(true);
  });

  it('that cannot be decrypted is replaced by an issue call and encrypted with the current KMS key', async () => {
    const world = await createIdleWorld();
    world.state.tokenKeyArn = OTHER_KEY;
    await world.tick();
    expect(decisionsIn(world)).toBe('restore ParameterChanged, issue ParameterLost: unchanged, keep Fresh');
    expect(publishedTokenIn(world).issuedFor.tokenKeyArn).toBe(OTHER_KEY);
    await later(world, TICK_INTERVAL).tick();
    expect(world.calls).toEqual(['read']);
  });

  it('with a previous KMS key is encrypted again with the current KMS key if it can be decrypted', async () => {
    const world = await createIdleWorld();
    const published = world.token;
    world.state.tokenKeyArn = OTHER_KEY;
    const { token } = world.state;
    // Version 1 can be read, because the function may still decrypt with the previous KMS key.
    if (token !== undefined) token.values[1] = { value: published ?? '', keyArn: OTHER_KEY };
    await world.tick();
    expect(world.calls).toEqual(['read', 'readToken', 'writeToken', 'writeState']);
    expect(decisionsIn(world)).toBe('restore ParameterChanged, keep Fresh');
    const { tokenVersion, issuedFor } = publishedTokenIn(world);
    expect([tokenVersion, issuedFor.tokenKeyArn]).toEqual([2, OTHER_KEY]);
    expect(world.token).toBe(published);
  });

  it('is read again at the next tick if AWS could not return the parameter', async () => {
    const world = await createIdleWorld();
    overwrite(world, 'FAKE-overwritten');
    world.chooseOutcome = alwaysFail('readToken', 'failed');
    const result = await world.tick();
    expect(result.failure).toMatchObject({ retry: true, error: { permanent: false } });
    expect(world.calls).toEqual(['read', 'readToken']);
    expect(world.token).toBe('FAKE-overwritten');
  });
});
