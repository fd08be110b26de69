import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { factsFromStore } from '../../../lambdas/decision/facts.ts';
import { INITIAL_STATE } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  CONFIG,
  type FactsChange,
  FINGERPRINT,
  factsAt,
  HEALTHY_STATE,
  ISSUED_FOR,
  KIS,
  keyRejection,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  PUBLISHED_TOKEN,
  SECOND,
} from './facts.ts';

/** The token needs no renewal yet. */
const FRESH = kst('20:30', '2026-11-19');
/** The renewal is due. At 09:00, the token expires. */
const NEAR = kst('08:00');
const suspect = { health: 'suspect' as const };
const changed = { pending: { credentialsChanged: { since: 0 } } };
const decided = (now: number, change: FactsChange = {}) => decide(factsAt(now, change), now);

describe('A tick without a pending request', () => {
  it('keeps a fresh token until renewAt', () => {
    expect(decided(FRESH, { secret: undefined })).toEqual({
      action: 'keep',
      reason: 'Fresh',
      until: PUBLISHED_TOKEN.renewAt,
    });
  });
});

describe('A forecast of the next decision', () => {
  it.each([
    ['a published token', HEALTHY_STATE, ISSUED_FOR.tokenKeyArn],
    ['no token', INITIAL_STATE, ''],
  ])('can be made from the stored data of a credential with %s', (_what, state, tokenKeyArn) => {
    const facts = factsFromStore({ config: CONFIG, contract: KIS, state, unreadable: true }, FRESH);
    expect(facts).toEqual({
      config: CONFIG,
      contract: KIS,
      state,
      unreadable: true,
      tokenKeyArn,
      parameter: 'ours',
      done: { calls: 0, repeats: 0 },
      invocationStartedAt: FRESH,
      deadline: FRESH + 300 * SECOND,
    });
  });
});

describe('The hourly check of the secret', () => {
  const at = (time: string) => kst(time, '2026-11-19');
  it.each([
    ['20:00', true],
    ['20:09:59', true],
    ['20:10', false],
    ['20:59:59', false],
  ])('with one tick every 5 min runs at %s: %s', (time, isDue) => {
    const decision = decided(at(time), { secret: undefined });
    expect(decision).toMatchObject(isDue ? { action: 'check-secret', reason: 'Fresh' } : { action: 'keep' });
  });

  it.each<[when: string, change: FactsChange]>([
    ['a second time in an invocation', { secret: undefined, secretVersion: 'v1' }],
    ['when the secret was read', {}],
    ['when a change of the secret is pending', { state: changed }],
  ])('does not run %s', (_when, change) => {
    expect(decided(at('20:00'), change).action).not.toBe('check-secret');
  });

  it.each<[why: string, change: FactsChange]>([
    [
      'while a call is delayed',
      { token: { returnedAgain: 2, renewAt: at('19:00') }, done: { verdict: 'alive' } },
    ],
    ['for a paused credential', { state: { paused: true } }],
  ])('does not run %s', (_why, change) => {
    expect(decided(at('20:00'), { secret: undefined, ...change }).action).not.toBe('check-secret');
  });
});

describe('The refresher', () => {
  it.each<[before: string, reason: string, change: FactsChange, now?: number]>([
    ['an issue call', 'NearExpiry', { token: { renewAt: NEAR }, done: { verdict: 'alive' } }, NEAR],
    ['a first issue call', 'Missing', { token: null }],
    ['a verify call', 'Suspect', { token: suspect }],
    [
      'a requested revocation',
      'Requested',
      { state: { pending: { revoke: { fingerprint: FINGERPRINT, reissue: true, since: 0 } } } },
    ],
    [
      'the hold of a rejected key',
      'CredentialsRejected',
      { token: { health: 'dead' }, state: { refused: keyRejection({ retryAt: FRESH + MINUTE }) } },
    ],
    ['a verdict on a changed secret', 'Fresh', { state: changed }],
  ])('reads the secret before %s', (_before, reason, change, now = FRESH) => {
    const { token, state } = change;
    const merged =
      token === null
        ? change
        : { ...change, state: { ...state, published: { ...PUBLISHED_TOKEN, ...token } } };
    expect(decided(now, { ...merged, secret: undefined })).toEqual({ action: 'read-secret', reason });
  });

  it.each<[what: string, change: FactsChange]>([
    ['an idle tick', {}],
    ['a paused credential with a changed secret', { state: { ...changed, paused: true } }],
    ['a restored parameter', { parameter: 'changed' }],
    [
      'a wait for the minimum interval',
      {
        token: { health: 'dead' },
        state: { lastCallAt: FRESH - SECOND, published: { ...PUBLISHED_TOKEN, health: 'dead' } },
      },
    ],
  ])('does not read the secret for %s', (_what, change) => {
    expect(decided(FRESH, { ...change, secret: undefined }).action).not.toBe('read-secret');
  });
});

describe('A changed token parameter', () => {
  it('is restored if the verify call of a suspect token had the verdict "unclear", but not "unreachable"', () => {
    const change = { parameter: 'changed', token: suspect } as const;
    expect(decided(NEAR, change)).toEqual({ action: 'verify', reason: 'Suspect' });
    expect(decided(NEAR, { ...change, done: { verdict: 'unclear' } })).toEqual({
      action: 'restore',
      reason: 'ParameterChanged',
    });
    expect(decided(FRESH, { ...change, done: { verdict: 'unreachable' } })).toMatchObject({
      action: 'wait',
      reason: 'BrokerUnhealthy',
    });
  });

  it('causes a verify call of a suspect token even if the token was just verified', () => {
    const state = { verifiedAt: FRESH, published: { ...PUBLISHED_TOKEN, ...suspect } };
    expect(decided(FRESH, { parameter: 'changed', state })).toEqual({ action: 'verify', reason: 'Suspect' });
  });

  it('causes an issue call if an interrupted issue call may have written a token that the state does not describe', () => {
    const state = { interrupted: true, published: { ...PUBLISHED_TOKEN, ...suspect } } as const;
    expect(decided(FRESH, { parameter: 'changed', state })).toEqual({
      action: 'issue',
      reason: 'ParameterLost',
    });
  });

  it.each<[what: string, reason: string, now: number, change: FactsChange]>([
    ['a dead token', 'TokenDead', FRESH, { token: { health: 'dead' } }],
    ['an expired token', 'Expired', kst('09:00'), {}],
    ['a token of a different market', 'CredentialsChanged', FRESH, { config: { market: 'paper' } }],
    ['no token', 'Missing', FRESH, { token: null }],
  ])('is not restored for %s', (_what, reason, now, change) => {
    expect(decided(now, { ...change, parameter: 'changed' })).toEqual({ action: 'issue', reason });
  });
});
const NEW_VERSION = { version: 'v2', appKey: APP_KEY };

describe('A suspect token', () => {
  it.each<[what: string, now: number, change: FactsChange, reason: string]>([
    ['has expired', kst('09:00'), {}, 'Expired'],
    ['is no longer in its parameter', FRESH, { parameter: 'lost' }, 'ParameterLost'],
    [
      'belongs to a different app key',
      FRESH,
      { secret: { version: 'v2', appKey: OTHER_APP_KEY } },
      'CredentialsChanged',
    ],
  ])('causes an issue call instead of a verify call if the token %s', (_what, now, change, reason) => {
    expect(decided(now, { ...change, token: suspect })).toEqual({ action: 'issue', reason });
  });

  it('is verified at most once in 60 s', () => {
    const verifiedAt = FRESH;
    const at = (now: number) =>
      decided(now, { state: { verifiedAt, published: { ...PUBLISHED_TOKEN, ...suspect } } });
    expect(at(FRESH + 60 * SECOND - 1)).toMatchObject({ action: 'keep', reason: 'Unverified' });
    expect(at(FRESH + 60 * SECOND)).toEqual({ action: 'verify', reason: 'Suspect' });
  });

  it('is verified if the time of the last verify call is more than 60 s in the future', () => {
    const at = (verifiedAt: number) =>
      decided(FRESH, { state: { verifiedAt, published: { ...PUBLISHED_TOKEN, ...suspect } } });
    expect(at(FRESH + 60 * SECOND)).toMatchObject({ action: 'keep' });
    expect(at(FRESH + 60 * SECOND + 1)).toEqual({ action: 'verify', reason: 'Suspect' });
  });
});

describe('A new version of the secret that contains the same app key', () => {
  it('causes one verify call of the token', () => {
    const change = { secret: NEW_VERSION, state: changed };
    expect(decided(FRESH, change)).toEqual({ action: 'verify', reason: 'SecretVersion' });
    expect(decided(FRESH, { ...change, done: { verdict: 'alive' } })).toMatchObject({
      action: 'keep',
      reason: 'StillAlive',
    });
    expect(decided(FRESH, { ...change, done: { verdict: 'unclear' } })).toMatchObject({
      action: 'keep',
      reason: 'Unverified',
    });
  });
});
