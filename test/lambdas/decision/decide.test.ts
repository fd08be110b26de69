import { describe, expect, it } from 'vitest';
import { factsFromStore, type InvocationProgress } from '../../../lambdas/decision/facts.ts';
import { INITIAL_STATE } from '../../../lambdas/shared/state.ts';
import {
  CONFIG,
  changed,
  decisionAt,
  EXPIRY,
  type FactsChange,
  FRESH,
  HEALTHY_STATE,
  ISSUED_FOR,
  KIS,
  keyRejection,
  kst,
  MINUTE,
  NEAR,
  NEW_VERSION,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  revocation,
  SECOND,
  SECRET,
  stepAt,
  VERSION_WITH_OTHER_APP_KEY,
} from './facts.ts';

const suspect = { health: 'suspect' } as const;
const dead = { health: 'dead' } as const;
const alive = { verdict: 'alive' } as const;
const unread = { secret: undefined };

describe('A tick without a pending request', () => {
  it('keeps a fresh token until renewAt', () => {
    const { renewAt } = PUBLISHED_TOKEN;
    expect(decisionAt(FRESH, unread)).toEqual({ action: 'keep', reason: 'Fresh', until: renewAt });
  });
});

describe('A forecast of the next decision', () => {
  it.each([
    ['a published token', HEALTHY_STATE, ISSUED_FOR.tokenKeyArn],
    ['no token', INITIAL_STATE, ''],
  ])('can be made from the stored data of a credential with %s', (_what, state, tokenKeyArn) => {
    const stored = { config: CONFIG, contract: KIS, state, unreadable: true };
    expect(factsFromStore(stored, FRESH)).toEqual({
      ...stored,
      tokenKeyArn,
      parameter: 'ours',
      done: { calls: 0, repeats: 0 },
      invocationStartedAt: FRESH,
      deadline: FRESH + 300 * SECOND,
    });
  });
});

describe('The hourly check of the secret', () => {
  const delayed = { token: { returnedAgain: 2, renewAt: kst('19:00', '2026-11-19') }, done: alive };
  it.each<[isDue: boolean, when: string, time: string, change: FactsChange]>([
    [true, 'at the full hour', '20:00', {}],
    [true, 'at the second tick of an hour', '20:09:59', {}],
    [false, 'at the third tick of an hour', '20:10', {}],
    [false, 'at the last tick of an hour', '20:59:59', {}],
    [false, 'a second time in an invocation', '20:00', { secretVersion: 'v1' }],
    [false, 'while a call is delayed', '20:00', delayed],
    [false, 'for a paused credential', '20:00', { state: { paused: true } }],
    [false, 'when the secret was read', '20:00', { secret: SECRET }],
    [false, 'when a change of the secret is pending', '20:00', { state: { pending: changed } }],
  ])('is made $1: $0', (isDue, _when, time, change) => {
    const step = stepAt(kst(time, '2026-11-19'), { ...unread, ...change });
    expect(step === 'check-secret Fresh').toBe(isDue);
  });
});

describe('The refresher', () => {
  const paused = { state: { pending: changed, paused: true } } as const;
  const tooSoon = { token: dead, state: { lastCallAt: FRESH - SECOND } };
  const rejected = { token: dead, state: { refused: keyRejection({ retryAt: FRESH + MINUTE }) } };
  it.each<[before: string, reason: string, now: number, change: FactsChange]>([
    ['an issue call', 'NearExpiry', NEAR, { done: alive }],
    ['a first issue call', 'Missing', FRESH, { token: null }],
    ['a verify call', 'Suspect', FRESH, { token: suspect }],
    ['a requested revocation', 'Requested', FRESH, { state: { pending: revocation(true) } }],
    ['the hold of a rejected key', 'CredentialsRejected', FRESH, rejected],
    ['a verdict on a changed secret', 'Fresh', FRESH, { state: { pending: changed } }],
  ])('reads the secret before %s', (_before, reason, now, change) => {
    expect(decisionAt(now, { ...change, ...unread })).toEqual({ action: 'read-secret', reason });
  });

  it.each<[what: string, step: string, change: FactsChange]>([
    ['an idle tick', 'keep Fresh', {}],
    ['a paused credential with a changed secret', 'hold Paused', paused],
    ['a restored parameter', 'restore ParameterChanged', { parameter: 'changed' }],
    ['a wait for the minimum interval', 'wait TooSoon', tooSoon],
  ])('does not read the secret for %s', (_what, step, change) => {
    expect(stepAt(FRESH, { ...change, ...unread })).toBe(step);
  });
});

describe('A changed token parameter', () => {
  const unclear = { token: suspect, done: { verdict: 'unclear' } } as const;
  const unreachable = { token: suspect, done: { verdict: 'unreachable' } } as const;
  const verified = { token: suspect, state: { verifiedAt: FRESH } };
  // The interrupted issue call may have written a token that the state does not describe.
  const interrupted = { token: suspect, state: { interrupted: true } } as const;
  const otherMarket = { config: { market: 'paper' } } as const;
  it.each<[what: string, step: string, now: number, change: FactsChange]>([
    ['is restored for a live token', 'restore ParameterChanged', FRESH, {}],
    ['is restored for a suspect token with the verdict "unclear"', 'restore ParameterChanged', NEAR, unclear],
    ['is not restored with the verdict "unreachable"', 'wait BrokerUnhealthy', FRESH, unreachable],
    ['causes a verify call even if the suspect token was just verified', 'verify Suspect', FRESH, verified],
    ['is not restored after an interrupted issue call', 'issue ParameterLost', FRESH, interrupted],
    ['is not restored for a dead token', 'issue TokenDead', FRESH, { token: dead }],
    ['is not restored for an expired token', 'issue Expired', EXPIRY, {}],
    ['is not restored for a token of a different market', 'issue CredentialsChanged', FRESH, otherMarket],
    ['is not restored without a token', 'issue Missing', FRESH, { token: null }],
  ])('%s, and the decision is "%s"', (_what, step, now, change) => {
    expect(stepAt(now, { ...change, parameter: 'changed' })).toBe(step);
  });
});

describe('A suspect token', () => {
  it.each<[what: string, now: number, change: FactsChange, reason: string]>([
    ['has expired', EXPIRY, {}, 'Expired'],
    ['is no longer in its parameter', FRESH, { parameter: 'lost' }, 'ParameterLost'],
    ['belongs to a different app key', FRESH, { secret: VERSION_WITH_OTHER_APP_KEY }, 'CredentialsChanged'],
  ])('causes an issue call instead of a verify call if the token %s', (_what, now, change, reason) => {
    expect(stepAt(now, { ...change, token: suspect })).toBe(`issue ${reason}`);
  });

  it.each([
    ['at most once in 60 s', FRESH - 60 * SECOND + 1, 'keep Unverified'],
    ['again after 60 s', FRESH - 60 * SECOND, 'verify Suspect'],
    ['not if the last verify call is at most 60 s in the future', FRESH + 60 * SECOND, 'keep Unverified'],
    ['if the last verify call is more than 60 s in the future', FRESH + 60 * SECOND + 1, 'verify Suspect'],
  ])('is verified %s', (_when, verifiedAt, step) => {
    expect(stepAt(FRESH, { token: suspect, state: { verifiedAt } })).toBe(step);
  });
});

describe('A new version of the secret that contains the same app key', () => {
  it.each<[Partial<InvocationProgress>, step: string]>([
    [{}, 'verify SecretVersion'],
    [{ verdict: 'alive' }, 'keep StillAlive'],
    [{ verdict: 'unclear' }, 'keep Unverified'],
  ])('causes one verify call per invocation (earlier calls of the invocation: %o)', (done, step) => {
    expect(stepAt(FRESH, { secret: NEW_VERSION, state: { pending: changed }, done })).toBe(step);
  });
});

describe('A requested revocation', () => {
  const tried = { done: { revoked: PUBLISHED_TOKEN.fingerprint } };
  const triedAlive = { done: { ...tried.done, ...alive } };
  const otherTried = { done: { revoked: OTHER_FINGERPRINT } };
  const otherToken = { token: { fingerprint: OTHER_FINGERPRINT } };
  const lost = { parameter: 'lost' } as const;
  const confirmed = { token: { ...dead, revokedAt: FRESH } };
  it.each<[what: string, reissue: boolean, now: number, change: FactsChange, step: string]>([
    ['is sent', true, EXPIRY - 1, {}, 'revoke Requested'],
    ['is not sent twice in an invocation', true, FRESH, tried, 'hold RevokePending'],
    ['without a replacement is not sent twice', false, FRESH, tried, 'hold RevokePending'],
    ['is sent after the revocation of a different token', true, FRESH, otherTried, 'revoke Requested'],
    ['does not prevent an issue call when a renewal is due', true, NEAR, triedAlive, 'issue NearExpiry'],
    ['without a replacement prevents the renewal', false, NEAR, triedAlive, 'hold RevokePending'],
    ['is not sent if it was confirmed', true, FRESH, confirmed, 'issue TokenDead'],
    ['is not sent for an expired token', true, EXPIRY, {}, 'issue Expired'],
    ['is not sent if a different token is published', true, FRESH, otherToken, 'keep Fresh'],
    ['waits for an issue call if the parameter is lost', true, FRESH, lost, 'issue ParameterLost'],
  ])('%s (reissue: %s)', (_what, reissue, now, change, step) => {
    expect(stepAt(now, { ...change, state: { pending: revocation(reissue) } })).toBe(step);
  });
});

describe('The token in the readable part of a damaged state', () => {
  it('is not replaced if the broker accepts the token', () => {
    expect(stepAt(FRESH, { unreadable: true, done: alive })).toBe('keep StillAlive');
  });
});
