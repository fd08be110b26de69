import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../decision/facts.ts';
import {
  alwaysFail,
  createDeadTokenWorld,
  createWorldWithToken,
  damageState,
  decisionLines,
  decisionsIn,
  HOUR,
  issueCallTimes,
  later,
  REPORT,
  TICK_INTERVAL,
} from './world-harness.ts';

describe('A dead token', () => {
  it('is replaced in one invocation if the reuse window has ended', async () => {
    const world = await createDeadTokenWorld(7 * HOUR);
    await world.deliver(REPORT);
    expect(decisionsIn(world)).toBe(
      'verify Suspect: dead, issue TokenDead: published, verify Suspect: alive, keep StillAlive',
    );
    expect(world.calls.join(), 'nothing is waited for').not.toContain('sleep');
    expect(world.isTokenLive).toBe(true);
  });

  it('that KIS returns within the reuse window is verified, revoked and replaced in one invocation', async () => {
    const world = await createDeadTokenWorld();
    await world.deliver(REPORT);
    expect(decisionsIn(world)).toBe(
      'verify Suspect: dead, issue TokenDead: unchanged, verify TokenDead: dead, ' +
        'revoke TokenDead: revoked, wait TooSoon, issue TokenDead: published, verify Suspect: alive, ' +
        'keep StillAlive',
    );
    const [, second = 0, third = 0] = issueCallTimes(world);
    expect(third - second).toBeGreaterThanOrEqual(61 * SECOND);
    expect(world.isTokenLive).toBe(true);
  });

  it('that KIS returns again after its revocation causes the failure level 2, and an issue call after 15 min', async () => {
    const world = await createDeadTokenWorld(HOUR, { reuseDead: 'always' });
    const result = await world.deliver(REPORT);
    expect(decisionsIn(world)).toMatch(/issue TokenDead: unchanged, wait \w+$/);
    expect(result.failureLevel).toBe(2);
    expect(world.published.revokeUseless).toBe(true);
    await later(world, 10 * MINUTE).tick();
    expect([world.calls, decisionLines(world)]).toEqual([['read'], ['wait BackingOff']]);
    await later(world, TICK_INTERVAL).tick();
    expect(decisionLines(world)[0]).toBe('issue TokenDead: unchanged');
  });
});

describe('A damaged state', () => {
  it('without the fingerprint of the token causes an issue call', async () => {
    const world = later(await createWorldWithToken('kis'), 20 * MINUTE);
    damageState(world, ({ fingerprint: _, ...json }) => json);
    await world.tick();
    expect(decisionsIn(world)).toBe('issue Interrupted: published, verify Suspect: alive, keep StillAlive');
    expect(world.isTokenLive).toBe(true);
  });

  it('is replaced by a valid state in a tick in which the broker does not answer', async () => {
    const world = later(await createWorldWithToken('kis'), 20 * MINUTE);
    damageState(world, (json) => ({ ...json, lastRequest: 'FAKE damage' }));
    world.chooseOutcome = alwaysFail('verify', 'lost');
    await world.tick();
    expect(decisionsIn(world)).toBe('verify Suspect: unreachable, wait BrokerUnhealthy');
    expect(world.state.state?.unreadable).toBeUndefined();
    expect(world.published).toMatchObject({ generation: 1, published: { health: 'suspect' } });
  });
});
