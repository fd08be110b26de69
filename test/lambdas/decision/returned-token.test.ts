import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Facts, Verdict } from '../../../lambdas/decision/facts.ts';
import { stateAfterIssue } from '../../../lambdas/decision/issue-result.ts';
import {
  stateAfterFailedRevocation,
  stateAfterRevocation,
  stateAfterUnsentRevocation,
  stateAfterVerify,
} from '../../../lambdas/decision/transitions.ts';
import type { PublishedToken } from '../../../lambdas/shared/state.ts';
import {
  callStartAt,
  FINGERPRINT,
  factsAt,
  HOUR,
  kiwoomFactsAt,
  kst,
  LOST_ANSWER,
  MINUTE,
  OTHER_APP_KEY,
  PUBLISHED_TOKEN,
  REJECTED_CALL,
  receivedToken,
  SECOND,
  UNSENT_CALL,
} from './facts.ts';

const NOW = kst('04:00');
const EXPIRY = PUBLISHED_TOKEN.expiresAt;
/** Returns the facts of a KIS credential with a dead token, after the reuse window of 6 h. */
const dead = (token: Partial<PublishedToken> = {}) => factsAt(NOW, { token: { health: 'dead', ...token } });

/**
 * Returns the facts after an issue call that ended at the instant `at` and returned the published token
 * again.
 */
function issueAgain(facts: Facts, at: number, life: { expiresAt: number } = PUBLISHED_TOKEN): Facts {
  const state = stateAfterIssue(facts, callStartAt(at), receivedToken(FINGERPRINT, life), at);
  const { verdict: _, ...done } = facts.done;
  return {
    ...facts,
    invocationStartedAt: at,
    deadline: at + 450 * SECOND,
    state,
    done: { ...done, calls: 1, returned: true },
  };
}

/** Returns the facts after a verify call with this verdict. */
function verifyWith(facts: Facts, verdict: Verdict, at: number): Facts {
  return { ...facts, state: stateAfterVerify(facts, verdict, at), done: { ...facts.done, verdict } };
}

/** Returns the facts of a later tick that reads the same state. */
function nextTick(facts: Facts, at: number): Facts {
  return { ...facts, invocationStartedAt: at, deadline: at + 450 * SECOND, done: { calls: 0, repeats: 0 } };
}

/** Returns the facts after a confirmed revocation. */
function confirmRevocation(facts: Facts, at: number): Facts {
  const state = stateAfterRevocation(facts, callStartAt(at), at);
  return { ...facts, state, done: { calls: facts.done.calls, repeats: 0, revoked: FINGERPRINT } };
}

describe('A dead token that the broker returns again', () => {
  it('is verified again, revoked if it is still dead, and replaced after the minimum interval', () => {
    const back = issueAgain(dead(), NOW);
    expect(decide(back, NOW)).toEqual({ action: 'verify', reason: 'TokenDead' });
    const still = verifyWith(back, 'dead', NOW);
    expect(decide(still, NOW)).toEqual({ action: 'revoke', reason: 'TokenDead' });
    const revoked = confirmRevocation(still, NOW + SECOND);
    expect(decide(revoked, NOW + SECOND)).toMatchObject({
      reason: 'TooSoon',
      until: NOW + 61 * SECOND,
      sleep: true,
    });
    expect(decide(revoked, NOW + 61 * SECOND)).toEqual({ action: 'issue', reason: 'TokenDead' });
  });

  it('causes no further issue call in the invocation if the revocation was rejected or not sent', () => {
    const still = verifyWith(issueAgain(dead(), NOW), 'dead', NOW);
    const at = NOW + 61 * SECOND;
    const done = { ...still.done, revoked: FINGERPRINT };
    for (const state of [
      stateAfterUnsentRevocation(still, callStartAt(NOW), UNSENT_CALL),
      stateAfterFailedRevocation(still, callStartAt(NOW), UNSENT_CALL),
    ])
      expect(decide({ ...still, state, done }, at)).toEqual({
        action: 'wait',
        reason: 'BackingOff',
        until: at + 5 * MINUTE,
        due: 'TokenDead',
        sleep: false,
      });
  });

  it('gets the flag returnedDead only if a verify call after the issue call finds it dead again', () => {
    expect(verifyWith(dead(), 'dead', NOW).state.published?.returnedDead).toBeUndefined();
    const live = factsAt(NOW, { done: { returned: true } });
    expect(verifyWith(live, 'dead', NOW).state.published?.returnedDead).toBeUndefined();
    expect(verifyWith(dead({ returnedDead: true }), 'dead', NOW).state.published?.returnedDead).toBe(true);
  });

  it('is revoked at each tick until the broker confirms the revocation, at most three times', () => {
    const tries = (revocations: number) => decide(nextTick(dead({ revocations }), NOW), NOW).action;
    expect([1, 2, 3].map(tries)).toEqual(['revoke', 'revoke', 'issue']);
  });

  it('has a count of revocations that increases with every revoke call that was sent', () => {
    const lost = stateAfterFailedRevocation(
      verifyWith(issueAgain(dead(), NOW), 'dead', NOW),
      callStartAt(NOW),
      LOST_ANSWER,
    );
    expect(lost.published).toMatchObject({ health: 'dead', revocations: 1 });
    const refusedOne = stateAfterFailedRevocation(dead({ revocations: 1 }), callStartAt(NOW), REJECTED_CALL);
    expect(refusedOne.published).toMatchObject({ health: 'dead', revocations: 2 });
    const unsent = stateAfterFailedRevocation(dead({ revocations: 1 }), callStartAt(NOW), UNSENT_CALL);
    expect(unsent.published).toMatchObject({ health: 'dead', revocations: 1 });
  });

  it('is not revoked after a change of the app key', () => {
    const still = verifyWith(issueAgain(dead({ revocations: 1 }), NOW), 'dead', NOW);
    const other = { ...still, secret: { version: 'v2', appKey: OTHER_APP_KEY } };
    const next = NOW + 61 * SECOND;
    expect(decide(other, next)).toEqual({ action: 'issue', reason: 'CredentialsChanged' });
  });
});

describe('A revoked token that the broker returns again', () => {
  const revoked = () => dead({ revokedAt: NOW - MINUTE, revocations: 1 });
  const first = (facts: Facts) => ({
    ...facts,
    state: {
      ...facts.state,
      attempt: { ...facts.state.attempt, kind: 'revoke', outcome: 'revoked', failures: 0 } as never,
    },
  });

  it('sets the flag revokeUseless (revocation has no effect)', () => {
    expect(issueAgain(first(revoked()), NOW).state.revokeUseless).toBe(true);
    expect(issueAgain(dead(), NOW).state.revokeUseless).toBeUndefined();
  });

  it('causes issue calls after 15 min, after 30 min, and then every 60 min', () => {
    const kiwoom = kiwoomFactsAt(NOW, { token: { health: 'dead', revokedAt: NOW, revocations: 1 } });
    let facts: Facts = first(kiwoom);
    const waits: number[] = [];
    for (let at = NOW; waits.length < 5; ) {
      facts = nextTick(issueAgain(facts, at), at);
      const decision = decide(facts, at + 2 * SECOND);
      expect(decision).toMatchObject({
        action: 'wait',
        reason: 'BackingOff',
        due: 'TokenDead',
        sleep: false,
      });
      const until = 'until' in decision ? (decision.until ?? 0) : 0;
      waits.push((until - at) / MINUTE);
      expect(decide(facts, until)).toEqual({ action: 'issue', reason: 'TokenDead' });
      at = until;
    }
    expect(waits).toEqual([15, 30, 60, 60, 60]);
  });

  it('causes an issue call at its expiry', () => {
    const facts = issueAgain(
      first(factsAt(EXPIRY - 5 * MINUTE, { token: { health: 'dead', revokedAt: NOW } })),
      EXPIRY - 5 * MINUTE,
    );
    expect(facts.state.attempt?.retryAt).toBe(EXPIRY + SECOND);
  });

  it('causes an issue call at the end of the reuse window', () => {
    const windowEnd = PUBLISHED_TOKEN.issuedAt + 6 * HOUR;
    const at = windowEnd - 10 * MINUTE;
    const facts = issueAgain(first(factsAt(at, { token: { health: 'dead', revokedAt: at } })), at);
    expect(facts.state.attempt?.retryAt).toBeGreaterThanOrEqual(windowEnd);
    expect(facts.state.attempt?.retryAt).toBeLessThanOrEqual(windowEnd + MINUTE);
  });
});

describe('An expired token that the broker returns again', () => {
  const start = EXPIRY + SECOND;
  const expired = () => factsAt(start, { token: { returnedAgain: 2 } });

  it('causes a second issue call, a revocation, and then issue calls after 5, 15, 60 and 361 min', () => {
    let facts: Facts = expired();
    const steps: (string | number)[] = [];
    let at = start;
    for (let asks = 0; asks < 7; asks += 1) {
      facts = issueAgain(facts, at);
      let decision = decide(facts, at);
      if (decision.action === 'revoke') {
        steps.push('revoke');
        facts = confirmRevocation(facts, at);
        decision = decide(facts, at);
      }
      expect(decision).toMatchObject({ action: 'wait' });
      facts = nextTick(facts, at);
      const until = decide(facts, at + 61 * SECOND);
      const next = until.action === 'issue' ? at + 61 * SECOND : 'until' in until ? (until.until ?? 0) : 0;
      steps.push(until.action === 'issue' ? 'interval' : (next - at) / MINUTE);
      at = next;
    }
    expect(steps).toEqual(['interval', 'revoke', 'interval', 5, 15, 60, 361, 361]);
  });

  it('delays the next issue call only by the minimum interval, although the broker also returned it before its expiry', () => {
    expect(decide(issueAgain(expired(), start), start)).toMatchObject({
      action: 'wait',
      reason: 'TooSoon',
      sleep: true,
    });
  });

  it('does not set the flag revokeUseless (revocation has no effect)', () => {
    const facts = factsAt(start, { token: { health: 'dead', revokedAt: NOW, revocations: 1 } });
    expect(issueAgain(facts, start).state.revokeUseless).toBeUndefined();
  });
});
