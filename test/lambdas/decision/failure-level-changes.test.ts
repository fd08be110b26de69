import { describe, expect, it } from 'vitest';
import type { FailedCall } from '../../../lambdas/decision/attempts.ts';
import { decide } from '../../../lambdas/decision/decide.ts';
import { failureLevel } from '../../../lambdas/decision/failure-level.ts';
import { issueFailed } from '../../../lambdas/decision/issue-result.ts';
import { revocationFailed } from '../../../lambdas/decision/transitions.ts';
import {
  attempt,
  callStartAt,
  type FactsChange,
  factsAt,
  kiwoomAt,
  MALFORMED,
  MINUTE,
  refused,
  SECOND,
  UNSENT,
} from './facts.ts';
import { failed, levelAt, NEAR, withToken } from './levels.ts';

const alive = { verdict: 'alive' as const };

/** The level after calls that failed one after the other, a verify call having found the broker well. */
function levelAfter(
  fail: typeof issueFailed | typeof revocationFailed,
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
    const facts = kiwoomAt(NEAR, { state, config: { renewEarly: 'wait' } });
    expect(failureLevel(facts, decide(facts, NEAR), NEAR)).toBe(level);
  });

  it('counts unusable answers in a row, and no outages before them', () => {
    const level = (...failures: readonly FailedCall[]) => levelAfter(issueFailed, {}, failures);
    expect(level(MALFORMED, MALFORMED)).toBe(1);
    expect(level(MALFORMED, MALFORMED, MALFORMED)).toBe(2);
    expect(level(UNSENT, UNSENT, MALFORMED)).toBe(1);
  });

  it('counts failed revocations in a row, and no other failures before them', () => {
    const dead = { state: withToken({ health: 'dead' }, { attempt: failed }) };
    const level = (...failures: readonly FailedCall[]) => levelAfter(revocationFailed, dead, failures);
    expect(level(UNSENT)).toBe(1);
    expect(level(UNSENT, UNSENT, UNSENT)).toBe(2);
  });

  it('stays 2 while a refused key waits for anything else', () => {
    // Refused, tried again after 5 min, and now within the 30 min between two asks for a returned token.
    const standing = refused({ retryAt: NEAR });
    const state = withToken({ returnedAgain: 1 }, { refused: standing, lastCallAt: NEAR - 5 * MINUTE });
    expect(levelAt(NEAR, { state })).toBe(2);
  });
});
