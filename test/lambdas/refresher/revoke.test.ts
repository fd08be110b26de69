import { describe, expect, it } from 'vitest';
import { fakeAppKey, KilledError, TOKEN_KEY_ARN } from '../../../simulator/explore/explored-world.ts';
import { SECOND } from '../decision/facts.ts';
import {
  alwaysFail,
  createIdleWorld,
  createWorldAtRenewal,
  createWorldWithToken,
  decisionLines,
  decisionsIn,
  HOUR,
  issueCallTimes,
  later,
  publishedTokenIn,
  REPORT,
  recordStateBefore,
  SECRET_ARN,
  secretText,
  setCallOutcomes,
  storeSecret,
  TICK_INTERVAL,
} from './world-harness.ts';

const REVOKE = { cause: 'revoke' } as const;
const REVOKE_ONLY = { cause: 'revoke', reissue: false } as const;
const OTHER_TOKEN = { value: 'FAKE-other', keyArn: TOKEN_KEY_ARN };

describe('A requested revocation', () => {
  it.each(['kis', 'kiwoom'] as const)('of %s revokes the token and publishes a new one', async (broker) => {
    const world = await createIdleWorld(broker);
    const old = world.token ?? '';
    await world.deliver(REVOKE);
    expect(decisionsIn(world)).toBe(
      'revoke Requested: revoked, issue TokenDead: published, verify Suspect: alive, keep StillAlive',
    );
    expect(world.calls.slice(0, 6).join()).toBe('read,readSecret,readToken,writeState,revoke,writeState');
    expect(world.broker().isAlive(old)).toBe(false);
    expect(world.isTokenLive).toBe(true);
    expect(world.published.pending).toBeUndefined();
  });

  it('is preceded by a write of the state that records a revoke call and no issue call', async () => {
    const world = await createIdleWorld();
    const { issues, lastCallAt } = world.published;
    const stamped = recordStateBefore(world, 'revoke');
    await world.deliver(REVOKE_ONLY);
    expect(stamped.state).toMatchObject({
      published: { health: 'suspect', revocations: 1 },
      attempt: { kind: 'revoke', outcome: 'started', cause: 'revoke', messageId: 'm-2' },
      issues,
      lastCallAt,
    });
    expect(stamped.state).not.toHaveProperty('interrupted', true);
  });

  it('is sent to the market that issued the token if the config contains a different market', async () => {
    const world = await createIdleWorld();
    const issuer = world.broker();
    const old = world.token ?? '';
    world.state.config = { ...world.state.config, market: 'live' };
    await world.deliver(REVOKE_ONLY);
    expect(decisionLines(world)[0]).toBe('revoke Requested: revoked');
    expect(issuer.isAlive(old)).toBe(false);
    expect(world.broker().count('revoke')).toBe(0);
  });

  it('raises the failure level immediately if the revocation fails while the token is kept until the expiry', async () => {
    const world = later(await createWorldWithToken('kiwoom', { config: { renewEarly: 'wait' } }), 22 * HOUR);
    await world.tick();
    expect((await later(world, TICK_INTERVAL).tick()).failureLevel).toBe(0);
    world.chooseOutcome = alwaysFail('revoke', 'throttled');
    expect((await later(world, TICK_INTERVAL).deliver(REVOKE)).failureLevel).toBe(1);
  });

  it('with "reissue: false" pauses the credential until a forced refresh', async () => {
    const world = await createIdleWorld();
    const result = await world.deliver(REVOKE_ONLY);
    expect(decisionsIn(world)).toBe('revoke Requested: revoked, hold Paused');
    expect(result).toMatchObject({ failureLevel: 0, secondsToExpiry: 0, issued: 0 });
    await later(world, 48 * HOUR).tick();
    expect([world.calls, decisionLines(world)]).toEqual([['read'], ['hold Paused']]);
    await world.deliver({ cause: 'forced' });
    expect(world.isTokenLive).toBe(true);
    expect(world.published.paused).toBeUndefined();
  });

  it('uses the app key that issued the token', async () => {
    const world = await createIdleWorld();
    const old = world.token ?? '';
    world.broker().setKeys([fakeAppKey('kis'), fakeAppKey('kis', 1)]);
    storeSecret(world, 'v2', secretText('kis', fakeAppKey('kis', 1)));
    await world.deliver(REVOKE);
    expect(world.calls.slice(0, 6).join()).toBe('read,readSecret,readToken,readSecret,writeState,revoke');
    expect(decisionLines(world)[0]).toBe('revoke Requested: revoked');
    expect(world.broker().isAlive(old)).toBe(false);
    expect(world.isTokenLive).toBe(true);
  });

  it('is not sent if the app key that issued the token is not available', async () => {
    const world = await createIdleWorld();
    delete world.state.secrets[SECRET_ARN];
    await world.deliver(REVOKE_ONLY);
    expect(decisionsIn(world)).toBe(
      'read-secret Requested: unconfigured, revoke Requested: unconfigured, hold RevokePending',
    );
    expect(publishedTokenIn(world).revocations).toBeUndefined();
    expect(world.calls).not.toContain('revoke');
    expect(publishedTokenIn(world).health).toBe('live');
  });
});

describe('A requested revocation while the parameter does not contain the token', () => {
  it('is sent after an issue call has returned the token, if the recorded version of the parameter was changed', async () => {
    const world = await createIdleWorld();
    const old = world.token ?? '';
    const { token } = world.state;
    if (token !== undefined) token.values[1] = OTHER_TOKEN;
    await world.deliver(REVOKE_ONLY);
    expect(decisionsIn(world)).toBe(
      'restore ParameterChanged, issue ParameterLost: unchanged, revoke Requested: revoked, hold Paused',
    );
    expect(world.broker().isAlive(old)).toBe(false);
  });

  it.each([
    ['no version of the parameter contains the token', { 1: OTHER_TOKEN, 2: OTHER_TOKEN }, 'Interrupted'],
    ['the parameter was deleted', undefined, 'ParameterLost'],
  ])('is sent after an issue call has returned the suspect token, if %s', async (_what, values, reason) => {
    const world = await createIdleWorld();
    world.chooseOutcome = alwaysFail('verify', 'unclear');
    await world.deliver(REPORT);
    expect(publishedTokenIn(world).health).toBe('suspect');
    world.state.token = values && { version: 2, values };
    await later(world, TICK_INTERVAL).deliver(REVOKE_ONLY);
    expect(decisionsIn(world)).toContain(`issue ${reason}: unchanged, revoke Requested: revoked`);
    expect(world.published.paused).toBe(true);
  });

  it('is not sent while AWS denies access to the parameter', async () => {
    const world = await createIdleWorld();
    world.chooseOutcome = alwaysFail('readToken', 'denied');
    const result = await world.deliver(REVOKE_ONLY);
    expect(decisionsIn(world)).toBe('revoke Requested: unpublished, hold RevokePending');
    expect(world.calls).not.toContain('revoke');
    expect(world.published).toMatchObject({ published: { health: 'live' }, attempt: { kind: 'revoke' } });
    expect(world.published.attempt?.message).toMatch(/^revoke: .*AccessDenied/);
    expect(publishedTokenIn(world).revocations).toBeUndefined();
    expect(result.failureLevel).toBe(1);
    world.chooseOutcome = () => 'ok';
    await later(world, TICK_INTERVAL).tick();
    expect(decisionsIn(world)).toBe('revoke Requested: revoked, hold Paused');
  });

  it('with "reissue: false" revokes the token that an interrupted issue call published', async () => {
    const world = await createWorldAtRenewal('kiwoom', { options: { reissue: 'supersede' } });
    world.chooseOutcome = alwaysFail('writeToken', 'crash-after');
    await expect(world.tick()).rejects.toThrow(KilledError);
    world.chooseOutcome = () => 'ok';
    const unknown = world.token ?? '';
    await later(world, TICK_INTERVAL).deliver(REVOKE_ONLY);
    expect(world.broker().isAlive(unknown)).toBe(false);
    expect(world.isTokenLive).toBe(false);
    expect(decisionsIn(world)).toBe('issue Interrupted: published, revoke Requested: revoked, hold Paused');
  });
});

describe('An early revocation of a Kiwoom token', () => {
  it('is followed by issue calls after 2, 4, 8 and 16 s while the broker throttles them', async () => {
    const world = await createWorldAtRenewal('kiwoom');
    setCallOutcomes(world, { issue: ['ok', 'throttled', 'throttled', 'throttled', 'throttled'] });
    const result = await world.tick();
    const asks = world.lines.filter(({ action }) => action === 'issue').map(({ outcome }) => outcome);
    expect(asks).toEqual(['unchanged', 'throttled', 'throttled', 'throttled', 'throttled', 'published']);
    const revoked = world.broker().calls.find(({ kind }) => kind === 'revoke')?.at ?? 0;
    expect((issueCallTimes(world).at(-1) ?? 0) - revoked).toBe(30 * SECOND + 300);
    expect(result).toMatchObject({ failureLevel: 0, issued: 2 });
    expect(world.isTokenLive).toBe(true);
  });

  it('is followed by only one issue call in the invocation if the answer to this call is lost', async () => {
    const world = await createWorldAtRenewal('kiwoom');
    setCallOutcomes(world, { issue: ['ok', 'lost'] });
    await world.tick();
    expect(decisionsIn(world)).toMatch(
      /revoke NearExpiry: revoked, issue TokenDead: unavailable, wait TooSoon$/,
    );
    await later(world, TICK_INTERVAL).tick();
    expect(decisionLines(world)).toContain('issue TokenDead: published');
    expect(world.isTokenLive).toBe(true);
  });
});
