import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Facts, InvocationProgress } from '../../../lambdas/decision/facts.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import type { PublishedToken, State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  DAY,
  FINGERPRINT,
  HOUR,
  kiwoomFactsAt,
  kst,
  MINUTE,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  SECOND,
} from './facts.ts';

/**
 * The Kiwoom token is due for renewal, and the last issue call returned the same token. Two issue calls must
 * be at least 2 s apart.
 */
const NOW = kst('08:10');
const CALLED = NOW - 2 * SECOND;

interface Change {
  readonly token?: Partial<PublishedToken>;
  readonly state?: Partial<State>;
  readonly config?: Partial<CredentialConfig>;
  readonly done?: Partial<InvocationProgress>;
  readonly deadline?: number;
}

function returnedAt(
  now: number,
  { token, state, config, done, deadline = now + 450 * SECOND }: Change = {},
): Facts {
  const published = {
    ...PUBLISHED_TOKEN,
    issuedFor: { ...PUBLISHED_TOKEN.issuedFor, broker: 'kiwoom' as const },
    returnedAgain: 1,
    ...token,
  };
  const last = attempt({ at: CALLED, outcome: 'unchanged', failures: 0 });
  return kiwoomFactsAt(now, {
    config: config ?? {},
    deadline,
    state: { lastCallAt: CALLED, issues: [CALLED], attempt: last, ...state, published },
    done: { calls: 1, returned: true, ...done },
  });
}

const REVOKE = { action: 'revoke', reason: 'NearExpiry' };

describe('A live Kiwoom token that the broker returned unchanged at renewAt', () => {
  it('is revoked when the minimum interval ends, so that an issue call can follow immediately', () => {
    expect(decide(returnedAt(NOW - 1), NOW - 1)).toEqual({
      action: 'wait',
      reason: 'TooSoon',
      until: NOW,
      due: 'NearExpiry',
      sleep: true,
    });
    expect(decide(returnedAt(NOW), NOW)).toEqual(REVOKE);
  });

  it('is revoked only after an issue call in the same invocation has returned the token', () => {
    const asked = returnedAt(NOW, {
      token: { returnedAgain: undefined },
      done: { calls: 0, returned: undefined },
    });
    expect(decide(asked, NOW)).toEqual({ action: 'verify', reason: 'BeforeCall' });
    const verified = { ...asked, done: { calls: 0, repeats: 0, verdict: 'alive' as const } };
    expect(decide(verified, NOW)).toEqual({ action: 'issue', reason: 'NearExpiry' });
  });

  it.each<[when: string, change: Change, now?: number]>([
    ['if renewEarly is "wait"', { config: { renewEarly: 'wait' } }],
    ['if renewEarly is not set', { config: { renewEarly: undefined } }],
    ['if the broker ignored an earlier revocation', { state: { revokeUseless: true } }],
    ['inside a session', { config: { sessions: [{ preset: 'nxt' }] } }],
    ['before renewAt', { token: { renewAt: NOW + MINUTE } }],
    ['while the token is suspect', { token: { health: 'suspect' }, done: { verdict: 'unclear' } }],
    ['after three revocations', { token: { revocations: 3 } }],
    ['twice in an invocation', { token: { revocations: 1 }, done: { revoked: FINGERPRINT } }],
    [
      'if the issue call was made in an earlier invocation',
      { done: { returned: undefined, verdict: 'alive' } },
    ],
    ['after three issue calls in the invocation', { done: { calls: 3 } }],
    ['if the deadline of the invocation is in less than 90 s', { deadline: NOW + 89 * SECOND }],
    [
      'for a forced refresh',
      { token: { renewAt: NOW + HOUR }, state: { pending: { forced: { since: NOW } } } },
    ],
  ])('is not revoked %s', (_when, change) => {
    expect(decide(returnedAt(NOW, change), NOW).action).not.toBe('revoke');
  });

  it.each<[when: string, change: Change]>([
    ['if enough time is left for the following issue call', { deadline: NOW + 135 * SECOND }],
    ['after two rejected revocations', { token: { revocations: 2 } }],
    ['after the revocation of a different token', { done: { revoked: OTHER_FINGERPRINT } }],
    ['after two issue calls in the invocation', { done: { calls: 2 } }],
    ['outside of the sessions', { config: { sessions: [{ preset: 'us' }] } }],
  ])('is revoked %s', (_when, change) => {
    expect(decide(returnedAt(NOW, change), NOW)).toEqual(REVOKE);
  });

  it('is revoked only if the daily budget allows two more issue calls', () => {
    const config = { maxIssuesPerDay: 4 };
    const issues = (calls: number) =>
      Array.from({ length: calls }, (_, index) => NOW - (calls - index) * HOUR);
    expect(decide(returnedAt(NOW, { config, state: { issues: issues(2) } }), NOW)).toEqual(REVOKE);
    expect(decide(returnedAt(NOW, { config, state: { issues: issues(3) } }), NOW)).toEqual({
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
  const token = { health: 'dead' as const, revokedAt: NOW, revocations: 1 };
  const refusedAsk = (repeats: number, change: Change = {}) =>
    returnedAt(END, {
      token,
      ...change,
      state: {
        lastCallAt: END,
        attempt: attempt({ at: NOW, outcome: 'throttled', failures: repeats }),
        ...change.state,
      },
      done: { calls: 1, returned: false, revoked: FINGERPRINT, repeats, ...change.done },
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
    const decision = decide(refusedAsk(repeats), END);
    expect(decision).toMatchObject({ action: 'wait', due: 'TokenDead', sleep: true });
    const again = END + seconds * SECOND;
    expect(decide({ ...refusedAsk(repeats), invocationStartedAt: END }, again - 1)).toMatchObject({
      action: 'wait',
      until: again,
    });
    expect(decide(refusedAsk(repeats), again)).toEqual({ action: 'issue', reason: 'TokenDead' });
  });

  it('is repeated only at the next tick if the delay would end after the deadline of the invocation', () => {
    expect(decide(refusedAsk(6, { deadline: END + 100 * SECOND }), END)).toMatchObject({
      action: 'wait',
      sleep: false,
    });
  });

  it('is repeated in the same invocation even if the last issue call had the outcome "unavailable"', () => {
    const state = { lastCallAt: END, attempt: attempt({ at: NOW, outcome: 'unavailable' }) };
    expect(decide(refusedAsk(1, { state }), END)).toMatchObject({ action: 'wait', sleep: true });
  });

  it.each<[when: string, change: Change]>([
    ['of a different token', { done: { revoked: OTHER_FINGERPRINT } }],
    ['that was not sent by the refresher', { done: { revoked: undefined } }],
    ['that left the token live', { token: { health: 'live', revocations: 1 } }],
    [
      'whose answer was lost',
      { state: { attempt: attempt({ at: NOW, outcome: 'unavailable', kind: 'revoke' }) } },
    ],
  ])('is delayed only by the minimum interval after a revocation %s', (_when, change) => {
    const again = END + 2 * SECOND;
    const decision = decide(refusedAsk(4, change), again);
    expect(decision).not.toMatchObject({ action: 'wait', until: END + 16 * SECOND });
  });
});
