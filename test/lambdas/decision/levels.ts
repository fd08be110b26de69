import { expect } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { failureLevel } from '../../../lambdas/decision/failure-level.ts';
import { attempt, type FactsChange, factsAt, kst, MINUTE, TOKEN } from './facts.ts';

/** The token is due from 08:00 and expires at 09:00; half of the margin is left at 08:30. */
export const NEAR = kst('08:10');
export const failed = attempt({ at: NEAR - MINUTE, outcome: 'unavailable', failures: 2 });

/** The failure level after the last decision of an invocation. */
export function levelAt(now: number, change: FactsChange = {}): number {
  const facts = factsAt(now, change);
  const decision = decide(facts, now);
  expect(decision.action, 'the invocation must be over').toMatch(/^(keep|wait|hold)$/);
  return failureLevel(facts, decision, now);
}

export const withToken = (token: object, state: object = {}) => ({
  published: { ...TOKEN, ...token },
  ...state,
});
