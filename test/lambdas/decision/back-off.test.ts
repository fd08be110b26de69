import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Decision, Facts } from '../../../lambdas/decision/facts.ts';
import {
  attempt,
  type FactsChange,
  factsAt,
  HOUR,
  kiwoomAt,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  SECOND,
} from './facts.ts';

/** The token is due from 08:00 and expires at 09:00. */
const NEAR = kst('08:00');
const EXPIRY = kst('09:00');

/** A renewal is due and the broker has just served a verify call: only a gate forbids the issue call. */
const dueAt = (now: number, change: FactsChange = {}): Facts =>
  factsAt(now, { ...change, done: { verdict: 'alive', ...change.done } });
const kiwoomDueAt = (now: number, change: FactsChange = {}): Facts =>
  kiwoomAt(now, { ...change, done: { verdict: 'alive', ...change.done } });
const ISSUE: Decision = { action: 'issue', reason: 'NearExpiry' };

describe('A refused early revocation', () => {
  it('is repeated 15 min later', () => {
    const again = NEAR + 15 * MINUTE;
    const facts = (now: number) =>
      kiwoomDueAt(now, { token: { returnedAgain: 1, revocations: 1 }, state: {} });
    const at = (now: number) => ({ ...facts(now), state: { ...facts(now).state, lastCallAt: NEAR } });
    expect(decide(at(again - 1), again - 1)).toMatchObject({
      reason: 'BackingOff',
      until: again,
      sleep: false,
    });
    expect(decide(at(again), again)).toEqual(ISSUE);
  });

  it('waits for the end of the token if the next try would come after it', () => {
    const now = EXPIRY - 5 * MINUTE;
    const facts = kiwoomDueAt(now, { token: { returnedAgain: 1, revocations: 1 } });
    const called = (lastCallAt: number) => decide({ ...facts, state: { ...facts.state, lastCallAt } }, now);
    const end = EXPIRY + SECOND;
    expect(called(end - 15 * MINUTE)).toMatchObject({ reason: 'AwaitExpiry', until: end, due: 'NearExpiry' });
    expect(called(end - 15 * MINUTE - 1)).toMatchObject({ reason: 'BackingOff', until: end - 1 });
  });

  it('waits until the token expires if the budget does not allow the calls of another early renewal', () => {
    const issues = [NEAR - 3 * HOUR, NEAR - 2 * HOUR, NEAR - HOUR];
    const at = (maxIssuesPerDay: number) => {
      const facts = kiwoomDueAt(NEAR, {
        token: { returnedAgain: 1, revocations: 1 },
        config: { maxIssuesPerDay },
      });
      return decide({ ...facts, state: { ...facts.state, issues, lastCallAt: NEAR - MINUTE } }, NEAR);
    };
    expect(at(5)).toMatchObject({ reason: 'AwaitExpiry', until: EXPIRY + SECOND });
    expect(at(6)).toMatchObject({ reason: 'BackingOff', until: NEAR + 14 * MINUTE });
  });

  it('waits for the end of the token within a session', () => {
    const facts = kiwoomDueAt(NEAR, {
      token: { returnedAgain: 1, expiresAt: NEAR + HOUR },
      config: { sessions: [{ preset: 'nxt' }] },
    });
    expect(decide(facts, NEAR)).toMatchObject({ reason: 'AwaitExpiry', due: 'NearExpiryFailOpen' });
  });
});

describe('A back-off', () => {
  it('holds a call back until its end', () => {
    const retryAt = NEAR + 5 * MINUTE;
    const state = { attempt: attempt({ at: NEAR, outcome: 'malformed', retryAt }) };
    expect(decide(dueAt(retryAt - 1, { state }), retryAt - 1)).toEqual({
      action: 'wait',
      reason: 'BackingOff',
      until: retryAt,
      due: 'NearExpiry',
      sleep: false,
    });
    expect(decide(dueAt(retryAt, { state }), retryAt)).toEqual(ISSUE);
  });

  it('is void with a stamp from the future', () => {
    const state = {
      attempt: attempt({ at: NEAR + 61 * SECOND, outcome: 'malformed', retryAt: NEAR + HOUR }),
    };
    expect(decide(dueAt(NEAR, { state }), NEAR)).toEqual(ISSUE);
  });

  it('is void after a call that ended in the future, however early it started', () => {
    const state = (lastCallAt: number) => ({
      attempt: attempt({ at: NEAR, outcome: 'malformed', retryAt: NEAR + HOUR }),
      lastCallAt,
    });
    expect(decide(dueAt(NEAR, { state: state(NEAR + 61 * SECOND) }), NEAR)).toEqual(ISSUE);
    expect(decide(dueAt(NEAR, { state: state(NEAR - HOUR) }), NEAR)).toMatchObject({ reason: 'BackingOff' });
  });

  it('of another app key does not count', () => {
    const state = {
      attempt: attempt({ at: NEAR, outcome: 'malformed', retryAt: NEAR + HOUR }),
      calledWith: OTHER_APP_KEY,
    };
    expect(decide(dueAt(NEAR, { state }), NEAR)).toEqual(ISSUE);
  });
});
