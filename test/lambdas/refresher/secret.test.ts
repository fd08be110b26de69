import { describe, expect, it } from 'vitest';
import { KilledError, keyOf } from '../../../simulator/explore/explored-world.ts';
import { MINUTE } from '../decision/facts.ts';
import {
  always,
  dueWorld,
  emptyWorld,
  HOUR,
  issueCalls,
  later,
  linesOf,
  publishedIn,
  SECRET_ARN,
  START,
  secretText,
  storeSecret,
  TICK,
  worldWith,
} from './world-harness.ts';

describe('A secret', () => {
  it.each([
    ['is missing', undefined],
    ['is no JSON', 'FAKE'],
    ['is a placeholder', '{"appkey":"<appkey>","appsecret":"<appsecret>"}'],
  ])('that %s leads to no broker call at level 2', async (_what, text) => {
    const world = emptyWorld('kis');
    if (text === undefined) delete world.state.secrets[SECRET_ARN];
    else storeSecret(world, 'v1', text);
    const result = await world.tick();
    expect(world.calls).toEqual(['read', 'readSecret', 'writeState']);
    expect(linesOf(world)).toEqual(['read-secret Missing: unconfigured', 'hold CredentialsRejected']);
    expect(world.lines[0]?.message).toContain(SECRET_ARN);
    expect(result).toMatchObject({ failureLevel: 2, issued: 0, secondsToExpiry: 0 });
    expect(world.published).toMatchObject({
      refused: { code: 'Unconfigured', since: START },
      attempt: { outcome: 'unconfigured', kind: 'issue', messageId: 'm-1' },
    });
  });

  it('that was corrected is used at the next tick', async () => {
    const world = emptyWorld('kis');
    storeSecret(world, 'v1', '{}');
    await world.tick();
    storeSecret(world, 'v2', secretText('kis', keyOf('kis')));
    await later(world, TICK).tick();
    expect(linesOf(world)).toEqual(['issue Missing: published', 'keep Fresh']);
    expect(publishedIn(world).issuedFor.secretVersion).toBe('v2');
    expect(world.published.refused).toBeUndefined();
  });

  it('with a rejected key is tried again after 5, 15, and then every 60 min', async () => {
    const world = emptyWorld('kis');
    world.choose = always('issue', 'rejected');
    const asked: number[] = [];
    for (let minute = 0; minute <= 200; minute += 1) {
      world.state.now = START + minute * MINUTE;
      const { failureLevel } = await world.tick();
      expect(failureLevel).toBe(2);
      if (world.calls.includes('issue')) asked.push(minute);
    }
    expect(asked).toEqual([0, 5, 20, 80, 140, 200]);
  });

  it('with a rejected key stays at level 2 while a token that KIS returned waits for the next issue call', async () => {
    const world = await dueWorld('kis', { options: { reuseWindowSeconds: 86_400 } });
    await world.tick();
    later(world, 31 * MINUTE);
    world.choose = always('issue', 'rejected');
    const levels: number[] = [];
    for (let ticks = 0; ticks < 8; ticks += 1) {
      const { failureLevel } = await world.tick();
      levels.push(failureLevel);
      later(world, TICK);
    }
    expect(levels).toEqual(Array(8).fill(2));
  });

  it('with a rejected key is tried at once for an operator', async () => {
    const world = emptyWorld('kis');
    world.choose = always('issue', 'rejected');
    await world.tick();
    await later(world, 2 * MINUTE).deliver({ cause: 'forced' });
    expect(linesOf(world)).toEqual(['issue Missing: rejected', 'hold CredentialsRejected']);
    expect(world.published.pending).toBeUndefined();
  });

  it('with a rejected key is tried at once in another version', async () => {
    const world = emptyWorld('kis');
    world.choose = always('issue', 'rejected');
    await world.tick();
    world.choose = () => 'ok';
    storeSecret(world, 'v2', secretText('kis', keyOf('kis')));
    await later(world, 2 * MINUTE).tick();
    expect(linesOf(world)).toEqual(['issue Missing: published', 'keep Fresh']);
  });

  it('that holds another app key counts no calls of the first one', async () => {
    const world = await worldWith('kis', { config: { maxIssuesPerDay: 2 } });
    world.broker().setKeys([keyOf('kis'), keyOf('kis', 1), keyOf('kis', 2)]);
    for (const serial of [1, 2]) {
      storeSecret(world, `v${serial + 1}`, secretText('kis', keyOf('kis', serial)));
      await later(world, TICK).deliver({ cause: 'credentials-changed' });
      expect(linesOf(world)).toEqual(['issue CredentialsChanged: published', 'keep Fresh']);
    }
    expect(issueCalls(world)).toHaveLength(3);
    expect(world.published.issues).toHaveLength(1);
  });

  it('that holds a wrong key keeps the token of the first one at level 2', async () => {
    const world = later(await worldWith('kis'), HOUR);
    storeSecret(world, 'v2', secretText('kis', keyOf('kis', 7)));
    const result = await world.deliver({ cause: 'credentials-changed' });
    expect(linesOf(world)).toEqual(['issue CredentialsChanged: rejected', 'hold CredentialsRejected']);
    expect(result).toMatchObject({ failureLevel: 2, secondsToExpiry: 0 });
    expect(world.isTokenLive).toBe(true);
    storeSecret(world, 'v1', secretText('kis', keyOf('kis')));
    const back = await later(world, TICK).tick();
    expect(linesOf(world)).toEqual(['keep Fresh']);
    expect(back.failureLevel).toBe(0);
    expect(world.published.pending).toBeUndefined();
  });

  it('is read again after a sleep', async () => {
    const world = await dueWorld('kiwoom');
    world.choose = (call) => {
      // The secret changes while the invocation sleeps.
      if (call === 'writeState' && world.calls.includes('issue'))
        storeSecret(world, 'v2', secretText('kiwoom', keyOf('kiwoom')));
      return 'ok';
    };
    await world.tick();
    expect(publishedIn(world).issuedFor.secretVersion).toBe('v2');
    expect(world.isTokenLive).toBe(true);
  });

  it('whose version cannot be read is read at the next tick of this hour', async () => {
    const world = later(await worldWith('kis'), 30 * MINUTE);
    world.choose = always('checkSecret', 'failed');
    const result = await world.tick();
    expect(world.calls).toEqual(['read', 'checkSecret']);
    expect(result).toMatchObject({ decision: { reason: 'Fresh' }, failureLevel: 0, failure: undefined });
    world.choose = () => 'ok';
    await later(world, TICK - 1000).tick();
    expect(world.calls).toEqual(['read', 'checkSecret']);
  });

  it('whose lookup throws a defect ends the invocation', async () => {
    const world = later(await worldWith('kis'), 30 * MINUTE);
    world.choose = always('checkSecret', 'crash');
    await expect(world.tick()).rejects.toThrow(KilledError);
  });

  it('without a usable key is logged once, and writes nothing at the ticks after it', async () => {
    const world = emptyWorld('kis');
    storeSecret(world, 'v1', '{}');
    await world.tick();
    const result = await later(world, TICK).tick();
    expect(world.calls).toEqual(['read', 'readSecret']);
    expect(result.failureLevel).toBe(2);
  });

  it('without a usable key is no defect after the clock was turned back', async () => {
    const world = emptyWorld('kis');
    storeSecret(world, 'v1', '{}');
    await world.tick();
    world.state.clockBehind = HOUR;
    const result = await later(world, TICK).tick();
    expect(linesOf(world).at(-1)).toBe('hold CredentialsRejected');
    expect(result.failureLevel).toBe(2);
  });

  it('that was deleted is a changed secret', async () => {
    const world = later(await worldWith('kis'), 30 * MINUTE);
    delete world.state.secrets[SECRET_ARN];
    const result = await world.tick();
    expect(world.calls).toEqual(['read', 'checkSecret', 'readSecret', 'writeState']);
    expect(linesOf(world)).toEqual(['read-secret Fresh: unconfigured', 'hold CredentialsRejected']);
    expect(result.failureLevel).toBe(2);
    expect(result.secondsToExpiry).toBeGreaterThan(80_000);
  });
});
