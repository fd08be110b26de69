import { describe, expect, it } from 'vitest';
import { KilledError } from '../../../simulator/explore/explored-world.ts';
import { always, dueWorld, HOUR, later, linesOf, publishedIn, TICK, worldWith } from './world-harness.ts';

const REVOKE_ONLY = { cause: 'revoke', reissue: false } as const;

describe('A requested revocation, if the parameter does not hold the token,', () => {
  it('of a token that another value has replaced in its own version is sent once an issue call has returned it', async () => {
    const world = later(await worldWith('kis'), HOUR);
    const old = world.token ?? '';
    const { token } = world.state;
    if (token !== undefined) token.values[1] = { value: 'FAKE-other', keyArn: world.state.tokenKeyArn };
    await world.deliver(REVOKE_ONLY);
    expect(linesOf(world)).toEqual([
      'restore ParameterChanged',
      'issue ParameterLost: unchanged',
      'revoke Requested: revoked',
      'hold Paused',
    ]);
    expect(world.broker().isAlive(old)).toBe(false);
  });

  it('of a suspect token that was overwritten in all versions is sent once an issue call has returned it', async () => {
    const world = later(await worldWith('kis'), HOUR);
    world.choose = always('verify', 'unclear');
    await world.deliver({ cause: 'rejected', generation: 1 });
    expect(publishedIn(world).health).toBe('suspect');
    const other = { value: 'FAKE-other', keyArn: world.state.tokenKeyArn };
    world.state.token = { version: 2, values: { 1: other, 2: other } };
    await later(world, TICK).deliver(REVOKE_ONLY);
    expect(linesOf(world).slice(0, 2)).toEqual(['issue Interrupted: unchanged', 'revoke Requested: revoked']);
    expect(world.published.paused).toBe(true);
  });

  it('of a suspect token whose parameter was deleted is sent once an issue call has returned it', async () => {
    const world = later(await worldWith('kis'), HOUR);
    world.choose = always('verify', 'unclear');
    await world.deliver({ cause: 'rejected', generation: 1 });
    world.state.token = undefined;
    await later(world, TICK).deliver(REVOKE_ONLY);
    expect(linesOf(world)).toEqual([
      'issue ParameterLost: unchanged',
      'revoke Requested: revoked',
      'hold Paused',
    ]);
    expect(world.published.paused).toBe(true);
  });

  it('is not sent while AWS denies the token', async () => {
    const world = later(await worldWith('kis'), HOUR);
    world.choose = always('readToken', 'denied');
    const result = await world.deliver(REVOKE_ONLY);
    expect(linesOf(world)).toEqual(['revoke Requested: unpublished', 'hold RevokePending']);
    expect(world.calls).not.toContain('revoke');
    expect(world.published).toMatchObject({ published: { health: 'live' }, attempt: { kind: 'revoke' } });
    expect(world.published.attempt?.message).toMatch(/^revoke: .*AccessDenied/);
    expect(publishedIn(world).revocations).toBeUndefined();
    expect(result.failureLevel).toBe(1);
    world.choose = () => 'ok';
    await later(world, TICK).tick();
    expect(linesOf(world)).toEqual(['revoke Requested: revoked', 'hold Paused']);
  });

  it('without a reissue follows the token that a crash left unknown', async () => {
    const world = await dueWorld('kiwoom', { options: { reissue: 'supersede' } });
    world.choose = always('writeToken', 'crash-after');
    await expect(world.tick()).rejects.toThrow(KilledError);
    world.choose = () => 'ok';
    const unknown = world.token ?? '';
    await later(world, TICK).deliver(REVOKE_ONLY);
    expect(world.broker().isAlive(unknown)).toBe(false);
    expect(world.isTokenLive).toBe(false);
    expect(linesOf(world)).toEqual([
      'issue Interrupted: published',
      'revoke Requested: revoked',
      'hold Paused',
    ]);
  });
});
