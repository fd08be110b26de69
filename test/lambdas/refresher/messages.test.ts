import { describe, expect, it } from 'vitest';
import { fakeAppKey, KilledError } from '../../../simulator/explore/explored-world.ts';
import { MINUTE } from '../decision/facts.ts';
import {
  alwaysFail,
  createEmptyWorld,
  createIdleWorld,
  createWorldWithToken,
  decisionsIn,
  issueCallTimes,
  later,
  SECRET_ARN,
  START,
  secretText,
  storeSecret,
  TICK_INTERVAL,
} from './world-harness.ts';

describe('A message', () => {
  it('that is delivered twice is handled once', async () => {
    const world = await createIdleWorld('kiwoom');
    await world.deliver({ cause: 'forced' }, 'm-forced');
    const calls = issueCallTimes(world).length;
    await later(world, MINUTE).deliver({ cause: 'forced' }, 'm-forced');
    expect(decisionsIn(world)).toBe('keep Fresh');
    expect(issueCallTimes(world)).toHaveLength(calls);
  });

  it('about a changed secret has no effect after the previous version of the secret was restored', async () => {
    const world = await createIdleWorld();
    storeSecret(world, 'v2', '{}');
    const broken = await world.deliver({ cause: 'credentials-changed' });
    expect(decisionsIn(world)).toBe('read-secret Fresh: unconfigured, hold CredentialsRejected');
    expect(broken.failureLevel).toBe(2);
    expect(broken.secondsToExpiry).toBeGreaterThan(0);
    storeSecret(world, 'v1', secretText('kis', fakeAppKey('kis')));
    const mended = await later(world, TICK_INTERVAL).tick();
    expect(decisionsIn(world)).toBe('keep Fresh');
    expect(mended.failureLevel).toBe(0);
    expect(world.published).not.toHaveProperty('pending', expect.anything());
  });
});

describe('The secret of a credential', () => {
  it.each([
    ['is missing', undefined],
    ['is no JSON', 'FAKE'],
    ['is a placeholder', '{"appkey":"<appkey>","appsecret":"<appsecret>"}'],
  ])('causes no broker call and failure level 2 if the secret %s', async (_what, text) => {
    const world = createEmptyWorld('kis');
    if (text === undefined) delete world.state.secrets[SECRET_ARN];
    else storeSecret(world, 'v1', text);
    const result = await world.tick();
    expect(world.calls).toEqual(['read', 'readSecret', 'writeState']);
    expect(decisionsIn(world)).toBe('read-secret Missing: unconfigured, hold CredentialsRejected');
    expect(world.lines[0]?.message).toContain(SECRET_ARN);
    expect(result).toMatchObject({ failureLevel: 2, issued: 0, secondsToExpiry: 0 });
    expect(world.published).toMatchObject({
      refused: { code: 'Unconfigured', since: START },
      attempt: { outcome: 'unconfigured', kind: 'issue', messageId: 'm-1' },
    });
  });

  it('is used at the next tick if a new version replaces an app key that the broker rejected', async () => {
    const world = createEmptyWorld('kis');
    world.chooseOutcome = alwaysFail('issue', 'rejected');
    await world.tick();
    world.chooseOutcome = () => 'ok';
    storeSecret(world, 'v2', secretText('kis', fakeAppKey('kis')));
    await later(world, 2 * MINUTE).tick();
    expect(decisionsIn(world)).toBe('issue Missing: published, keep Fresh');
  });

  it('makes the invocation fail if an unexpected error occurs when the refresher reads the secret version', async () => {
    const world = later(await createWorldWithToken('kis'), 30 * MINUTE);
    world.chooseOutcome = alwaysFail('checkSecret', 'crash');
    await expect(world.tick()).rejects.toThrow(KilledError);
  });
});
