import { describe, expect, it } from 'vitest';
import type { FailedCall } from '../../../lambdas/decision/attempts.ts';
import { decide } from '../../../lambdas/decision/decide.ts';
import { failureLevel } from '../../../lambdas/decision/failure-level.ts';
import { stateAfterFailedIssue } from '../../../lambdas/decision/issue-result.ts';
import { stateAfterFailedRevocation } from '../../../lambdas/decision/transitions.ts';
import {
  attempt,
  callStartAt,
  type FactsChange,
  factsAt,
  HOUR,
  keyRejection,
  kiwoomFactsAt,
  kst,
  MALFORMED_ANSWER,
  MINUTE,
  PUBLISHED_TOKEN,
  SECOND,
  UNSENT_CALL,
} from './facts.ts';

/**
 * The token is due for renewal from 08:00 and expires at 09:00, so half of its renewal margin is left at
 * 08:30.
 */
const NEAR = kst('08:10');
const failed = attempt({ at: NEAR - MINUTE, outcome: 'unavailable', failures: 2 });

/** Returns the failure level after the last decision of an invocation. */
function levelAt(now: number, change: FactsChange = {}): number {
  const facts = factsAt(now, change);
  const decision = decide(facts, now);
  expect(decision.action, 'the invocation must be over').toMatch(/^(keep|wait|hold)$/);
  return failureLevel(facts, decision, now);
}

const withToken = (token: object, state: object = {}) => ({
  published: { ...PUBLISHED_TOKEN, ...token },
  ...state,
});

const FRESH = kst('20:30', '2026-11-19');

const alive = { verdict: 'alive' as const };
const unreachable = { verdict: 'unreachable' as const };

describe('The failure level is 0', () => {
  it.each([
    'throttled',
    'unavailable',
    'malformed',
    'rejected',
    'unpublished',
    'unconfigured',
    'started',
  ] as const)('while no new token is needed, although the last attempt had the outcome "%s"', (outcome) => {
    const last = attempt({ at: FRESH - HOUR, outcome, failures: 9, retryAt: FRESH + HOUR });
    expect(levelAt(FRESH, { state: { attempt: last } })).toBe(0);
    const revoke = attempt({ at: FRESH - HOUR, outcome, kind: 'revoke', failures: 9 });
    expect(levelAt(FRESH, { state: { attempt: revoke } })).toBe(0);
  });

  it('while a live token is kept until its expiry', () => {
    const waiting = { state: withToken({ returnedAgain: 2 }, { lastCallAt: NEAR - HOUR }) };
    expect(levelAt(NEAR, waiting)).toBe(0);
    expect(levelAt(NEAR + 25 * MINUTE, { ...waiting, done: alive })).toBe(0);
    expect(levelAt(NEAR, { state: withToken({ returnedAgain: 1 }, { lastCallAt: NEAR - MINUTE * 2 }) })).toBe(
      0,
    );
  });

  it('while only the minimum interval between two issue calls delays the first token', () => {
    expect(levelAt(NEAR, { token: null, state: { lastCallAt: NEAR - SECOND } })).toBe(0);
  });

  it('while the credential is paused', () => {
    const state = withToken(
      { health: 'dead' },
      { paused: true, attempt: failed, refused: keyRejection({ retryAt: NEAR }) },
    );
    expect(levelAt(NEAR, { state })).toBe(0);
  });
});

describe('The failure level is 1', () => {
  it.each<[what: string, now: number, change: FactsChange]>([
    ['a renewal', NEAR, { state: { attempt: failed, lastCallAt: NEAR - SECOND } }],
    [
      'a suspect token',
      FRESH,
      { state: withToken({ health: 'suspect' }, { attempt: failed, verifiedAt: FRESH }) },
    ],
    [
      'a request',
      FRESH,
      {
        state: withToken({}, { attempt: failed, pending: { credentialsChanged: { since: 1 } } }),
        secret: { version: 'v1', appKey: 'aaaaaaaaaaaa' },
      },
    ],
  ])('while %s waits and the last attempt failed', (_what, now, change) => {
    expect(levelAt(now, change)).toBe(1);
  });

  it.each<[what: string, now: number, change: FactsChange]>([
    ['a renewal waits for a broker that does not answer', NEAR, { done: unreachable }],
    [
      'a suspect token waits for a broker that does not answer',
      FRESH,
      { token: { health: 'suspect' }, done: unreachable },
    ],
    [
      'a token that was found dead waits for the minimum interval',
      NEAR,
      {
        state: withToken(
          { health: 'dead' },
          { lastCallAt: NEAR - SECOND, attempt: attempt({ at: NEAR, outcome: 'published', failures: 0 }) },
        ),
      },
    ],
    ['a suspect token has no verdict', FRESH, { token: { health: 'suspect' }, done: { verdict: 'unclear' } }],
    [
      'a token waits for its expiry at a broker that does not answer',
      kst('08:40'),
      { state: withToken({ returnedAgain: 2 }, { lastCallAt: NEAR - HOUR }), done: unreachable },
    ],
  ])('while %s', (_what, now, change) => {
    expect(levelAt(now, change)).toBe(1);
  });
});

describe('The failure level is 2', () => {
  it.each(['malformed', 'unpublished'] as const)(
    'after three consecutive calls with the outcome "%s"',
    (outcome) => {
      const last = attempt({ at: NEAR, outcome, failures: 3, retryAt: NEAR + 15 * MINUTE });
      expect(levelAt(NEAR + MINUTE, { state: { attempt: last }, done: alive })).toBe(2);
    },
  );

  it('while a new token is needed but the maximum number of issue calls per day is reached', () => {
    const state = { issues: [NEAR - 2 * HOUR, NEAR - HOUR], lastCallAt: NEAR - HOUR };
    expect(levelAt(NEAR, { config: { maxIssuesPerDay: 2 }, state, done: alive })).toBe(2);
    const soon = { ...state, lastCallAt: NEAR - SECOND };
    expect(levelAt(NEAR, { config: { maxIssuesPerDay: 2 }, state: soon, done: alive })).toBe(2);
  });

  it('when the broker returns a token again although it confirmed the revocation of that token', () => {
    const back = attempt({ at: NEAR, outcome: 'unchanged', failures: 1, retryAt: NEAR + 15 * MINUTE });
    const state = withToken(
      { health: 'dead', revokedAt: NEAR - MINUTE },
      { attempt: back, lastCallAt: NEAR },
    );
    expect(levelAt(NEAR + 2 * MINUTE, { state })).toBe(2);
    expect(
      levelAt(NEAR + 2 * MINUTE, { state: { ...state, published: { ...PUBLISHED_TOKEN, health: 'dead' } } }),
    ).toBe(1);
  });

  it('when the broker returns an expired token repeatedly', () => {
    const now = PUBLISHED_TOKEN.expiresAt + 10 * MINUTE;
    const back = attempt({ at: now, outcome: 'unchanged', failures: 3, retryAt: now + 5 * MINUTE });
    expect(levelAt(now, { state: { attempt: back, lastCallAt: now } })).toBe(2);
    const failing = { ...back, outcome: 'unavailable' as const };
    expect(levelAt(now, { state: { attempt: failing, lastCallAt: now } })).toBe(1);
  });
});

/**
 * Returns the failure level after the given consecutive failed calls. The verify call of the invocation
 * succeeded.
 */
function levelAfter(
  fail: typeof stateAfterFailedIssue | typeof stateAfterFailedRevocation,
  change: FactsChange,
  failures: readonly FailedCall[],
): number {
  let facts = factsAt(NEAR, { ...change, done: alive });
  for (const failure of failures) facts = { ...facts, state: fail(facts, callStartAt(NEAR), failure, NEAR) };
  return failureLevel(facts, { action: 'wait', reason: 'TooSoon', until: NEAR, sleep: false }, NEAR);
}

describe('The failure level', () => {
  it.each<[level: number, what: string, token: object]>([
    [2, 'the third revocation of a live token failed', { revocations: 3 }],
    [0, 'the second revocation of a live token failed', { revocations: 2 }],
    [1, 'the third revocation was confirmed', { revocations: 3, revokedAt: NEAR, health: 'dead' }],
  ])('is %i when %s', (level, _what, token) => {
    const quiet = attempt({ at: NEAR, outcome: 'revoked', failures: 0, kind: 'revoke' });
    const state = withToken({ returnedAgain: 1, ...token }, { lastCallAt: NEAR - SECOND, attempt: quiet });
    const facts = kiwoomFactsAt(NEAR, { state, config: { renewEarly: 'wait' } });
    expect(failureLevel(facts, decide(facts, NEAR), NEAR)).toBe(level);
  });

  it('rises to 2 at the third consecutive unusable answer, and does not count earlier outages', () => {
    const level = (...failures: readonly FailedCall[]) => levelAfter(stateAfterFailedIssue, {}, failures);
    expect(level(MALFORMED_ANSWER, MALFORMED_ANSWER)).toBe(1);
    expect(level(MALFORMED_ANSWER, MALFORMED_ANSWER, MALFORMED_ANSWER)).toBe(2);
    expect(level(UNSENT_CALL, UNSENT_CALL, MALFORMED_ANSWER)).toBe(1);
  });

  it('rises to 2 at the third consecutive failed revocation, and does not count earlier failed issue calls', () => {
    const dead = { state: withToken({ health: 'dead' }, { attempt: failed }) };
    const level = (...failures: readonly FailedCall[]) =>
      levelAfter(stateAfterFailedRevocation, dead, failures);
    expect(level(UNSENT_CALL)).toBe(1);
    expect(level(UNSENT_CALL, UNSENT_CALL, UNSENT_CALL)).toBe(2);
  });

  it('is 2 while the broker rejects the app key, even if the current wait has a different reason', () => {
    // The broker rejected the app key. The last issue call was 5 min ago and returned the published token, so
    // the refresher waits 30 min before the next issue call.
    const standing = keyRejection({ retryAt: NEAR });
    const state = withToken({ returnedAgain: 1 }, { refused: standing, lastCallAt: NEAR - 5 * MINUTE });
    expect(levelAt(NEAR, { state })).toBe(2);
  });
});
