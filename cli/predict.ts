import type { CallStart } from '../lambdas/decision/attempts.ts';
import { decide } from '../lambdas/decision/decide.ts';
import { findDueReason } from '../lambdas/decision/due.ts';
import type { Decision, DueReason, Facts, Step } from '../lambdas/decision/facts.ts';
import { stateAfterRevocation, stateAfterVerify } from '../lambdas/decision/transitions.ts';

export interface Prediction {
  readonly decision: Decision;
  /** The reason why a new token is needed; undefined if no new token is needed. */
  readonly due: DueReason | undefined;
}

/** Predicts the first decision of the refresher at the instant `now`. */
export function predictDecision(facts: Facts, now: number): Prediction {
  const decision = decide(facts, now);
  const due = 'due' in decision ? decision.due : findDueReason(facts, now).due;
  return { decision, due };
}

/** Predicts the last decision if the broker accepts the verified token and confirms the revocation. */
export function predictBestCase(facts: Facts, now: number): Prediction {
  let assumed = facts;
  // The limit of four prevents an endless loop. An invocation performs each step at most once.
  for (let steps = 0; steps < 4; steps += 1) {
    const { decision, due } = predictDecision(assumed, now);
    if (!isStep(decision)) return { decision, due };
    const factsAfterStep = assumeBestResult(assumed, decision, now);
    if (factsAfterStep === undefined) return { decision, due };
    assumed = factsAfterStep;
  }
  return predictDecision(assumed, now);
}

/** Returns whether the refresher acts on a decision and then decides again in the same invocation. */
export function isStep(decision: Decision): decision is Step {
  return !['keep', 'wait', 'hold'].includes(decision.action);
}

function assumeBestResult(facts: Facts, { action, reason }: Step, now: number): Facts | undefined {
  const { done, state } = facts;
  if (action === 'verify')
    return { ...facts, done: { ...done, verdict: 'alive' }, state: stateAfterVerify(facts, 'alive', now) };
  if (action !== 'revoke' || reason !== 'Requested') return undefined;
  const callStart: CallStart = { at: now, cause: 'revoke', messageId: '' };
  return {
    ...facts,
    done: { ...done, revoked: state.published?.fingerprint },
    state: stateAfterRevocation(facts, callStart, now),
  };
}
