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
  attempt,
  callStartAt,
  EXPIRY,
  FINGERPRINT,
  factsAt,
  HOUR,
  kiwoomFactsAt,
  kst,
  LOST_ANSWER,
  MINUTE,
  PUBLISHED_TOKEN,
  REJECTED_CALL,
  receivedToken,
  SECOND,
  stepOf,
  UNSENT_CALL,
  VERSION_WITH_OTHER_APP_KEY,
} from './facts.ts';

/** An instant after the reuse window of 6 h. */
const NOW = kst('04:00');
const start = callStartAt(NOW);
const dead = (token: Partial<PublishedToken> = {}) => factsAt(NOW, { token: { health: 'dead', ...token } });

/** Returns the facts after an issue call that ended at `at` and returned the published token again. */
function issueAgain(facts: Facts, at: number): Facts {
  const token = receivedToken(FINGERPRINT, EXPIRY, PUBLISHED_TOKEN.issuedAt);
  const state = stateAfterIssue(facts, callStartAt(at), token, at);
  const done = { ...facts.done, verdict: undefined, calls: 1, returned: true };
  return { ...nextTick(facts, at), state, done };
}

function verifyWith(facts: Facts, verdict: Verdict): Facts {
  return { ...facts, state: stateAfterVerify(facts, verdict, NOW), done: { ...facts.done, verdict } };
}

/** Returns the facts of a later tick that reads the same state. */
function nextTick(facts: Facts, at: number): Facts {
  return { ...facts, invocationStartedAt: at, deadline: at + 450 * SECOND, done: { calls: 0, repeats: 0 } };
}

function confirmRevocation(facts: Facts, at: number): Facts {
  const state = stateAfterRevocation(facts, callStartAt(at), at);
  return { ...facts, state, done: { calls: facts.done.calls, repeats: 0, revoked: FINGERPRINT } };
}

/** Returns the time at which the wait ends. */
function endOfWait(facts: Facts, now: number): number {
  const decision = decide(facts, now);
  expect(decision).toMatchObject({ action: 'wait', sleep: false });
  return 'until' in decision ? (decision.until ?? 0) : 0;
}

describe('A dead token that the broker returns again', () => {
  it('is verified again, revoked if still dead, and replaced after the minimum interval', () => {
    const returned = issueAgain(dead(), NOW);
    expect(stepOf(returned, NOW)).toBe('verify TokenDead');
    const stillDead = verifyWith(returned, 'dead');
    expect(stepOf(stillDead, NOW)).toBe('revoke TokenDead');
    const revoked = confirmRevocation(stillDead, NOW + SECOND);
    const until = NOW + 61 * SECOND;
    expect(decide(revoked, NOW + SECOND)).toMatchObject({ reason: 'TooSoon', until, sleep: true });
    expect(stepOf(revoked, until)).toBe('issue TokenDead');
  });

  it.each([
    ['not sent', stateAfterUnsentRevocation],
    ['not received', stateAfterFailedRevocation],
  ])('causes no further issue call in the invocation if the revocation was %s', (_what, fail) => {
    const stillDead = verifyWith(issueAgain(dead(), NOW), 'dead');
    const now = NOW + 61 * SECOND;
    const done = { ...stillDead.done, revoked: FINGERPRINT };
    expect(decide({ ...stillDead, state: fail(stillDead, start, UNSENT_CALL), done }, now)).toEqual({
      action: 'wait',
      reason: 'BackingOff',
      until: now + 5 * MINUTE,
      due: 'TokenDead',
      sleep: false,
    });
  });

  it.each<[isSet: true | undefined, when: string, facts: Facts]>([
    [undefined, 'no issue call has returned it', dead()],
    [undefined, 'it was live before the verify call', factsAt(NOW, { done: { returned: true } })],
    [true, 'an issue call has returned it', { ...dead(), done: { calls: 1, repeats: 0, returned: true } }],
    [true, 'the flag is already set', dead({ returnedDead: true })],
  ])('has the flag returnedDead (%s) after the verdict "dead" if %s', (isSet, _when, facts) => {
    expect(verifyWith(facts, 'dead').state.published?.returnedDead).toBe(isSet);
  });

  it('is revoked at each tick until the broker confirms the revocation, at most three times', () => {
    const actions = [1, 2, 3].map((revocations) => decide(dead({ revocations }), NOW).action);
    expect(actions).toEqual(['revoke', 'revoke', 'issue']);
  });

  it.each([
    [2, 'lost', LOST_ANSWER],
    [2, 'rejected', REJECTED_CALL],
    [1, 'not sent', UNSENT_CALL],
  ])('has %i counted revocations if the second revoke call was %s', (revocations, _what, failure) => {
    const { published } = stateAfterFailedRevocation(dead({ revocations: 1 }), start, failure);
    expect(published).toMatchObject({ health: 'dead', revocations });
  });

  it('is not revoked after a change of the app key', () => {
    const facts = verifyWith(issueAgain(dead({ revocations: 1 }), NOW), 'dead');
    expect(stepOf({ ...facts, secret: VERSION_WITH_OTHER_APP_KEY }, NOW + 61 * SECOND)).toBe(
      'issue CredentialsChanged',
    );
  });
});

describe('A revoked token that the broker returns again', () => {
  const state = { attempt: attempt({ at: NOW, kind: 'revoke', outcome: 'revoked', failures: 0 }) };
  const revoked = (now: number) =>
    factsAt(now, { state, token: { health: 'dead', revokedAt: NOW - MINUTE, revocations: 1 } });

  it('sets the flag revokeUseless (revocation has no effect)', () => {
    expect(issueAgain(revoked(NOW), NOW).state.revokeUseless).toBe(true);
    expect(issueAgain(dead(), NOW).state.revokeUseless).toBeUndefined();
  });

  it('causes issue calls after 15 min, after 30 min, and then every 60 min', () => {
    let facts = kiwoomFactsAt(NOW, { state, token: { health: 'dead', revokedAt: NOW, revocations: 1 } });
    let at = NOW;
    const waits = [];
    while (waits.length < 5) {
      facts = nextTick(issueAgain(facts, at), at);
      expect(decide(facts, at + 2 * SECOND)).toMatchObject({ reason: 'BackingOff', due: 'TokenDead' });
      const until = endOfWait(facts, at + 2 * SECOND);
      waits.push((until - at) / MINUTE);
      expect(stepOf(facts, until)).toBe('issue TokenDead');
      at = until;
    }
    expect(waits).toEqual([15, 30, 60, 60, 60]);
  });

  const windowEnd = PUBLISHED_TOKEN.issuedAt + 6 * HOUR;
  it.each([
    ['its expiry', EXPIRY - 5 * MINUTE, EXPIRY + SECOND],
    ['the end of the reuse window', windowEnd - 10 * MINUTE, windowEnd + MINUTE],
  ])('causes an issue call at %s', (_what, at, retryAt) => {
    expect(issueAgain(revoked(at), at).state.attempt?.retryAt).toBe(retryAt);
  });
});

describe('An expired token that the broker returns again', () => {
  const NEXT = EXPIRY + SECOND;
  const expired = () => factsAt(NEXT, { token: { returnedAgain: 2 } });

  it('causes a second issue call, a revocation, and then issue calls after 5, 15, 60 and 361 min', () => {
    let facts = expired();
    let at = NEXT;
    const steps: (string | number)[] = [];
    for (let calls = 0; calls < 7; calls += 1) {
      facts = issueAgain(facts, at);
      if (decide(facts, at).action === 'revoke') {
        steps.push('revoke');
        facts = confirmRevocation(facts, at);
      }
      expect(decide(facts, at).action).toBe('wait');
      facts = nextTick(facts, at);
      const interval = at + 61 * SECOND;
      const isDelayed = decide(facts, interval).action !== 'issue';
      const until = isDelayed ? endOfWait(facts, interval) : interval;
      steps.push(isDelayed ? (until - at) / MINUTE : 'interval');
      at = until;
    }
    expect(steps).toEqual(['interval', 'revoke', 'interval', 5, 15, 60, 361, 361]);
  });

  it('delays the next issue call only by the minimum interval if the broker also returned the token before the expiry', () => {
    expect(decide(issueAgain(expired(), NEXT), NEXT)).toMatchObject({ reason: 'TooSoon', sleep: true });
  });

  it('does not set the flag revokeUseless (revocation has no effect)', () => {
    const facts = factsAt(NEXT, { token: { health: 'dead', revokedAt: NOW, revocations: 1 } });
    expect(issueAgain(facts, NEXT).state.revokeUseless).toBeUndefined();
  });
});
