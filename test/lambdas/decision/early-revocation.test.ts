import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import {
  attempt,
  DAY,
  type FactsChange,
  FINGERPRINT,
  forced,
  HOUR,
  kiwoomFactsAt,
  kst,
  MINUTE,
  OTHER_FINGERPRINT,
  SECOND,
  stepOf,
} from './facts.ts';

const NOW = kst('08:10');
const CALLED = NOW - 2 * SECOND;

/**
 * Returns facts in which a Kiwoom token is due for renewal, and the last issue call returned the same token.
 * Two issue calls must be at least 2 s apart.
 */
function returnedAt(now: number, { token, state, done, ...change }: FactsChange = {}) {
  const last = attempt({ at: CALLED, outcome: 'unchanged', failures: 0 });
  return kiwoomFactsAt(now, {
    ...change,
    token: { returnedAgain: 1, ...token },
    state: { lastCallAt: CALLED, issues: [CALLED], attempt: last, ...state },
    done: { calls: 1, returned: true, ...done },
  });
}

const notCalled = (done: FactsChange['done']): FactsChange => ({
  token: { returnedAgain: undefined },
  done: { calls: 0, returned: undefined, ...done },
});

const REVOKE = 'revoke NearExpiry';
const ISSUE = 'issue NearExpiry';
const KEPT = 'wait AwaitExpiry';
const BACK_OFF = 'wait BackingOff';

describe('A live Kiwoom token that the broker returned unchanged at renewAt', () => {
  it('is revoked when the minimum interval ends, so that an issue call can follow immediately', () => {
    expect(decide(returnedAt(NOW - 1), NOW - 1)).toEqual({
      action: 'wait',
      reason: 'TooSoon',
      until: NOW,
      due: 'NearExpiry',
      sleep: true,
    });
    expect(stepOf(returnedAt(NOW), NOW)).toBe(REVOKE);
  });

  it.each<[when: string, change: FactsChange, step: string]>([
    ['before the first issue call', notCalled({}), 'verify BeforeCall'],
    ['before the first issue call after a verify call', notCalled({ verdict: 'alive' }), ISSUE],
    ['if renewEarly is "wait"', { config: { renewEarly: 'wait' } }, KEPT],
    ['if renewEarly is not set', { config: { renewEarly: undefined } }, KEPT],
    ['if the broker ignored an earlier revocation', { state: { revokeUseless: true } }, KEPT],
    ['inside a session', { config: { sessions: [{ preset: 'nxt' }] } }, KEPT],
    ['before renewAt', { token: { renewAt: NOW + MINUTE } }, 'keep Fresh'],
    ['while the token is suspect', { token: { health: 'suspect' }, done: { verdict: 'unclear' } }, BACK_OFF],
    ['after three revocations', { token: { revocations: 3 } }, KEPT],
    ['twice in an invocation', { token: { revocations: 1 }, done: { revoked: FINGERPRINT } }, BACK_OFF],
    ['if the issue call was made earlier', { done: { returned: undefined, verdict: 'alive' } }, BACK_OFF],
    ['after three issue calls in the invocation', { done: { calls: 3 } }, 'wait TooSoon'],
    ['if the deadline is in less than 90 s', { deadline: NOW + 89 * SECOND }, BACK_OFF],
    ['for a forced refresh', { token: { renewAt: NOW + HOUR }, state: { pending: forced } }, KEPT],
  ])('is not revoked %s', (_when, change, step) => {
    expect(stepOf(returnedAt(NOW, change), NOW)).toBe(step);
  });

  it.each<[when: string, change: FactsChange]>([
    ['if enough time is left for the following issue call', { deadline: NOW + 135 * SECOND }],
    ['after two rejected revocations', { token: { revocations: 2 } }],
    ['after the revocation of a different token', { done: { revoked: OTHER_FINGERPRINT } }],
    ['after two issue calls in the invocation', { done: { calls: 2 } }],
    ['outside of the sessions', { config: { sessions: [{ preset: 'us' }] } }],
  ])('is revoked %s', (_when, change) => {
    expect(stepOf(returnedAt(NOW, change), NOW)).toBe(REVOKE);
  });

  it('is revoked only if the daily budget allows two more issue calls', () => {
    const withIssues = (...issues: number[]) =>
      returnedAt(NOW, { config: { maxIssuesPerDay: 4 }, state: { issues } });
    expect(stepOf(withIssues(NOW - 2 * HOUR, NOW - HOUR), NOW)).toBe(REVOKE);
    expect(decide(withIssues(NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR), NOW)).toEqual({
      action: 'wait',
      reason: 'BudgetSpent',
      until: NOW - 3 * HOUR + DAY,
      due: 'NearExpiry',
      sleep: false,
    });
  });
});

describe('An issue call that is rejected after an early revocation', () => {
  const END = NOW + 10 * SECOND;
  const rejected = (repeats: number, { token, state, done, ...change }: FactsChange = {}) =>
    returnedAt(END, {
      ...change,
      token: { health: 'dead', revokedAt: NOW, revocations: 1, ...token },
      state: {
        lastCallAt: END,
        attempt: attempt({ at: NOW, outcome: 'throttled', failures: repeats }),
        ...state,
      },
      done: { returned: false, revoked: FINGERPRINT, repeats, ...done },
    });

  it.each([
    [1, 2],
    [2, 4],
    [3, 8],
    [4, 16],
    [5, 32],
    [6, 64],
    [7, 128],
  ])('is repeated after rejection %i with a delay of %i s', (repeats, seconds) => {
    const until = END + seconds * SECOND;
    expect(decide(rejected(repeats), END)).toMatchObject({ action: 'wait', due: 'TokenDead', sleep: true });
    expect(decide(rejected(repeats), until - 1)).toMatchObject({ action: 'wait', until });
    expect(stepOf(rejected(repeats), until)).toBe('issue TokenDead');
  });

  it('is repeated only at the next tick if the delay would end after the deadline of the invocation', () => {
    const facts = rejected(6, { deadline: END + 100 * SECOND });
    expect(decide(facts, END)).toMatchObject({ action: 'wait', sleep: false });
  });

  it('is repeated in the same invocation if the last issue call had the outcome "unavailable"', () => {
    const facts = rejected(1, { state: { attempt: attempt({ at: NOW, outcome: 'unavailable' }) } });
    expect(decide(facts, END)).toMatchObject({ action: 'wait', sleep: true });
  });

  const lostRevocation = attempt({ at: NOW, outcome: 'unavailable', kind: 'revoke' });
  it.each<[when: string, change: FactsChange]>([
    ['of a different token', { done: { revoked: OTHER_FINGERPRINT } }],
    ['that was not sent by the refresher', { done: { revoked: undefined } }],
    ['that left the token live', { token: { health: 'live' } }],
    ['whose answer was lost', { state: { attempt: lostRevocation } }],
  ])('is delayed only by the minimum interval after a revocation %s', (_when, change) => {
    const decision = decide(rejected(4, change), END + 2 * SECOND);
    expect(decision).not.toMatchObject({ action: 'wait', until: END + 16 * SECOND });
  });
});
