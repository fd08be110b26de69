import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Facts } from '../../../lambdas/decision/facts.ts';
import { type FactsChange, HOUR, kiwoomAt, kst, MINUTE, SECOND } from './facts.ts';

/** The token is due from 08:00 and expires at 09:00. */
const NEAR = kst('08:00');
const EXPIRY = kst('09:00');
const kiwoomDueAt = (now: number, change: FactsChange = {}): Facts =>
  kiwoomAt(now, { ...change, done: { verdict: 'alive', ...change.done } });

describe('A refused early revocation', () => {
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
