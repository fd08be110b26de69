import { describe, expect, it } from 'vitest';
import type { FailedCall } from '../../../lambdas/decision/attempts.ts';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Decision, Facts, Wait } from '../../../lambdas/decision/facts.ts';
import { failureLevel, timeLeft } from '../../../lambdas/decision/failure-level.ts';
import { stateAfterFailedIssue } from '../../../lambdas/decision/issue-result.ts';
import { stateAfterFailedRevocation } from '../../../lambdas/decision/transitions.ts';
import {
  attempt,
  callStartAt,
  changed,
  EXPIRY,
  type FactsChange,
  FRESH,
  factsAt,
  HOUR,
  keyRejection,
  kiwoomFactsAt,
  kst,
  MALFORMED_ANSWER,
  MINUTE,
  SECOND,
  stepAt,
  UNSENT_CALL,
  VERSION_WITH_OTHER_APP_KEY,
} from './facts.ts';

/** An instant at which a renewal is due and more than half of the renewal margin is left. */
const NEAR = kst('08:10');
const dead = { health: 'dead' } as const;
const suspect = { health: 'suspect' } as const;
const alive = { verdict: 'alive' } as const;
const unclear = { verdict: 'unclear' } as const;
const unreachable = { verdict: 'unreachable' } as const;
const failed = attempt({ at: NEAR - MINUTE, outcome: 'unavailable', failures: 2 });

/** Returns the failure level after the last decision of an invocation. */
function levelOf(facts: Facts, now: number): number {
  const decision = decide(facts, now);
  expect(decision.action, 'the invocation must be over').toMatch(/^(keep|wait|hold)$/);
  return failureLevel(facts, decision, now);
}

const levelAt = (now: number, change: FactsChange) => levelOf(factsAt(now, change), now);

describe('The failure level', () => {
  it.each([
    'throttled',
    'unavailable',
    'malformed',
    'rejected',
    'unpublished',
    'unconfigured',
    'started',
  ] as const)('is 0 while no new token is needed and the last attempt had the outcome "%s"', (outcome) => {
    const last = attempt({ at: FRESH - HOUR, outcome, failures: 9, retryAt: FRESH + HOUR });
    expect(levelAt(FRESH, { state: { attempt: last } })).toBe(0);
    expect(levelAt(FRESH, { state: { attempt: { ...last, kind: 'revoke', retryAt: undefined } } })).toBe(0);
  });

  const kept = { token: { returnedAgain: 2 }, state: { lastCallAt: NEAR - HOUR } };
  const returned = { token: { returnedAgain: 1 }, state: { lastCallAt: NEAR - 2 * MINUTE } };
  const tooSoon = { lastCallAt: NEAR - SECOND };
  const refused = keyRejection({ retryAt: NEAR });
  const paused = { token: dead, state: { paused: true, attempt: failed, refused } } as const;
  const foundDead = { ...tooSoon, attempt: attempt({ at: NEAR, outcome: 'published', failures: 0 }) };
  const waitingRequest = { state: { attempt: failed, pending: changed } };
  const waitingSuspect = { token: suspect, state: { attempt: failed, verifiedAt: FRESH } };

  it.each<[level: number, when: string, now: number, change: FactsChange]>([
    [0, 'a live token is kept until its expiry', NEAR, kept],
    [0, 'this token was verified in the last half of its margin', kst('08:35'), { ...kept, done: alive }],
    [0, 'the broker has just returned a live token', NEAR, returned],
    [0, 'only the minimum interval delays the first token', NEAR, { token: null, state: tooSoon }],
    [0, 'the credential is paused', NEAR, paused],
    [1, 'a renewal waits after a failed attempt', NEAR, { state: { ...tooSoon, attempt: failed } }],
    [1, 'a suspect token waits after a failed attempt', FRESH, waitingSuspect],
    [1, 'a request waits after a failed attempt', FRESH, waitingRequest],
    [1, 'a renewal waits for a broker that does not answer', NEAR, { done: unreachable }],
    [1, 'a suspect token waits for this broker', FRESH, { token: suspect, done: unreachable }],
    [1, 'a dead token waits for the minimum interval', NEAR, { token: dead, state: foundDead }],
    [1, 'a suspect token has no verdict', FRESH, { token: suspect, done: unclear }],
    [1, 'a kept token waits for a broker that does not answer', kst('08:40'), { ...kept, done: unreachable }],
  ])('is %i if %s', (level, _when, now, change) => {
    expect(levelAt(now, change)).toBe(level);
  });

  it.each(['malformed', 'unpublished'] as const)(
    'is 2 after three calls with the outcome "%s"',
    (outcome) => {
      const last = attempt({ at: NEAR, outcome, failures: 3, retryAt: NEAR + 15 * MINUTE });
      expect(levelAt(NEAR + MINUTE, { state: { attempt: last }, done: alive })).toBe(2);
    },
  );

  it.each([
    ['although no other rule forbids the call', NEAR - HOUR],
    ['although the minimum interval forbids the call, too', NEAR - SECOND],
  ])('is 2 while a token is needed but the budget is spent, %s', (_when, lastCallAt) => {
    const state = { issues: [NEAR - 2 * HOUR, NEAR - HOUR], lastCallAt };
    expect(levelAt(NEAR, { config: { maxIssuesPerDay: 2 }, state, done: alive })).toBe(2);
  });

  it.each([
    [2, 'after it confirmed the revocation of the token', { revokedAt: NEAR - MINUTE }],
    [1, 'before a revocation', {}],
  ])('is %i if the broker returns a dead token %s', (level, _when, token) => {
    const back = attempt({ at: NEAR, outcome: 'unchanged', failures: 1, retryAt: NEAR + 15 * MINUTE });
    const state = { attempt: back, lastCallAt: NEAR };
    expect(levelAt(NEAR + 2 * MINUTE, { token: { ...dead, ...token }, state })).toBe(level);
  });

  it.each([
    [2, 'unchanged'],
    [1, 'unavailable'],
  ] as const)(
    'is %i if the token expired and the last three calls had the outcome "%s"',
    (level, outcome) => {
      const now = EXPIRY + 10 * MINUTE;
      const last = attempt({ at: now, outcome, failures: 3, retryAt: now + 5 * MINUTE });
      expect(levelAt(now, { state: { attempt: last, lastCallAt: now } })).toBe(level);
    },
  );

  it.each<[level: number, what: string, token: object]>([
    [2, 'the third revocation of a live token failed', { revocations: 3 }],
    [0, 'the second revocation of a live token failed', { revocations: 2 }],
    [1, 'the third revocation was confirmed', { revocations: 3, revokedAt: NEAR, ...dead }],
  ])('is %i when %s', (level, _what, token) => {
    const state = {
      ...tooSoon,
      attempt: attempt({ at: NEAR, outcome: 'revoked', failures: 0, kind: 'revoke' }),
    };
    const change = { token: { returnedAgain: 1, ...token }, state, config: { renewEarly: 'wait' } } as const;
    expect(levelOf(kiwoomFactsAt(NEAR, change), NEAR)).toBe(level);
  });

  type Fail = typeof stateAfterFailedIssue | typeof stateAfterFailedRevocation;
  const outages = [UNSENT_CALL, UNSENT_CALL];
  const deadToken = { token: dead, state: { attempt: failed } };
  it.each<[level: number, what: string, Fail, change: FactsChange, failures: FailedCall[]]>([
    [1, 'two unusable answers', stateAfterFailedIssue, {}, [MALFORMED_ANSWER, MALFORMED_ANSWER]],
    [2, 'three unusable answers', stateAfterFailedIssue, {}, Array(3).fill(MALFORMED_ANSWER)],
    [1, 'two outages and one unusable answer', stateAfterFailedIssue, {}, [...outages, MALFORMED_ANSWER]],
    [1, 'failed issue calls and one failed revocation', stateAfterFailedRevocation, deadToken, [UNSENT_CALL]],
    [2, 'three failed revocations', stateAfterFailedRevocation, deadToken, Array(3).fill(UNSENT_CALL)],
  ])('is %i after %s', (level, _what, fail, change, failures) => {
    let facts = factsAt(NEAR, { ...change, done: alive });
    for (const each of failures) facts = { ...facts, state: fail(facts, callStartAt(NEAR), each, NEAR) };
    const decision = { action: 'wait', reason: 'TooSoon', until: NEAR, sleep: false } as const;
    expect(failureLevel(facts, decision, NEAR)).toBe(level);
  });

  it('is 2 while the broker rejects the app key and the current wait has a different reason', () => {
    // The last issue call was 5 min ago and returned the published token, so the refresher waits 30 min.
    const state = { refused, lastCallAt: NEAR - 5 * MINUTE };
    expect(levelAt(NEAR, { token: { returnedAgain: 1 }, state })).toBe(2);
  });
});

describe('The remaining time in the metrics', () => {
  const wait = (reason: Wait['reason']): Decision => ({
    action: 'wait',
    reason,
    until: EXPIRY,
    sleep: false,
  });
  const keep: Decision = { action: 'keep', reason: 'Fresh' };
  const left = (decision: Decision, now: number, change: FactsChange = {}) =>
    timeLeft(factsAt(now, change), decision, now);

  it('is the time to the expiry of a live token', () => {
    expect(left(keep, FRESH)).toEqual({ secondsToExpiry: 45_000, headroom: 45_000 });
    expect(left(wait('BudgetSpent'), NEAR)).toEqual({ secondsToExpiry: 3000, headroom: 3000 });
  });

  it.each<[what: string, change: FactsChange]>([
    ['a dead token', { token: { health: 'dead' } }],
    ['a token of a different app key', { secret: VERSION_WITH_OTHER_APP_KEY }],
    ['a lost parameter', { parameter: 'lost' }],
    ['no token', { token: null }],
  ])('is 0 for %s', (_what, change) => {
    expect(left(wait('AwaitExpiry'), NEAR, change)).toEqual({ secondsToExpiry: 0, headroom: 0 });
  });

  it.each<[Decision, now: number, headroom: number]>([
    [wait('AwaitExpiry'), NEAR, 3600],
    [wait('AwaitExpiry'), FRESH, 45_000],
    [wait('WouldReuse'), NEAR, 3600],
    [wait('BudgetSpent'), NEAR, 3600],
    [{ action: 'verify', reason: 'AwaitExpiry' }, NEAR, 3600],
    [{ action: 'verify', reason: 'WouldReuse' }, NEAR, 3600],
  ])('is at least the margin while a live token is kept until its expiry: %j', (decision, now, headroom) => {
    const secondsToExpiry = (EXPIRY - now) / 1000;
    expect(left(decision, now, { token: { returnedAgain: 1 } })).toEqual({ secondsToExpiry, headroom });
  });

  it('is scaled so that the start of a shorter margin corresponds to a headroom of renewBefore', () => {
    // A token lifetime of 1 h limits the margin to 30 min; the headroom is scaled to the 60 min of
    // renewBefore.
    const at = (time: string) => left(keep, kst(time), { token: { issuedAt: kst('08:00') } });
    expect(at('08:00')).toEqual({ secondsToExpiry: 3600, headroom: 5400 });
    expect(at('08:30')).toEqual({ secondsToExpiry: 1800, headroom: 3600 });
    expect(at('08:45')).toEqual({ secondsToExpiry: 900, headroom: 1800 });
    expect(at('08:59')).toEqual({ secondsToExpiry: 60, headroom: 120 });
  });

  it('is the time to the expiry if the broker does not answer in the second half of the margin', () => {
    const now = kst('08:40');
    const change = { state: { lastCallAt: kst('08:25') }, token: { returnedAgain: 1 } };
    expect(stepAt(now, change)).toBe('verify WouldReuse');
    const headrooms = (['alive', 'unclear', 'unreachable'] as const).map((verdict) => {
      const facts = factsAt(now, { ...change, done: { verdict } });
      return timeLeft(facts, decide(facts, now), now).headroom;
    });
    expect(headrooms).toEqual([3600, 3600, 1200]);
  });
});
