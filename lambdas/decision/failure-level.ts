import type { State } from '../shared/state.ts';
import { isAnswerUnusable } from './attempts.ts';
import { findDueReason } from './due.ts';
import type { Decision, Facts } from './facts.ts';
import { budgetSpentUntil, isTokenKeptUntilExpiry, MAX_REVOCATIONS } from './gate.ts';
import { hasLiveToken, isAppKeyUnusable, isExpired, remainingLifetime } from './health.ts';

/** The value of the metric `FailureLevel`: 0 is healthy, 1 is failing, 2 is action required. */
export type FailureLevel = 0 | 1 | 2;

/** After this number of consecutive unusable answers or failed revocations, an operator must act. */
const FAILURES_UNTIL_ACTION_REQUIRED = 3;

/** @param decision the last decision of the invocation */
export function failureLevel(facts: Facts, decision: Decision, now: number): FailureLevel {
  const { state, done } = facts;
  const { published, pending } = state;
  if (decision.reason === 'Paused') return 0;
  const isNewTokenDue = findDueReason(facts, now).due !== undefined;
  const isWorkPending = isNewTokenDue || published?.health === 'suspect' || pending !== undefined;
  if (!isWorkPending) return 0;
  if ((isNewTokenDue && isAppKeyUnusable(facts)) || needsOperator(state, now)) return 2;
  const isWaitingForReplacement = decision.reason === 'WouldReuse' || decision.reason === 'AwaitExpiry';
  if (isWaitingForReplacement && pending?.revoke === undefined) return done.verdict === 'unreachable' ? 1 : 0;
  if (isNewTokenDue && budgetSpentUntil(facts, now) !== undefined) return 2;
  return isFailing(facts) ? 1 : 0;
}

/** A wait for the minimum interval is no failure unless the token is dead. */
function isFailing({ state: { published, attempt }, done }: Facts): boolean {
  const isTokenUnverified = done.verdict === 'unclear' || done.verdict === 'unreachable';
  return isTokenUnverified || (attempt?.failures ?? 0) > 0 || published?.health === 'dead';
}

function needsOperator(state: State, now: number): boolean {
  const { published, attempt } = state;
  const { kind, outcome, failures = 0 } = attempt ?? {};
  const isFailingRepeatedly = failures >= FAILURES_UNTIL_ACTION_REQUIRED;
  if (isFailingRepeatedly && isAnswerUnusable(outcome)) return true;
  if (published === undefined) return false;
  const { revokedAt, revocations = 0 } = published;
  const isRevocationFailing = (kind === 'revoke' && isFailingRepeatedly) || revocations >= MAX_REVOCATIONS;
  if (revokedAt === undefined && isRevocationFailing) return true;
  // The broker returned a token although it had confirmed the revocation of the token, or returned an expired
  // token more than once.
  return outcome === 'unchanged' && (revokedAt !== undefined || (isExpired(state, now) && failures > 1));
}

/** Returns the values of the metrics `SecondsToExpiry` and `Headroom`, in seconds. */
export function timeLeft(facts: Facts, decision: Decision, now: number) {
  const { state, config, done } = facts;
  if (!hasLiveToken(facts, now)) return { secondsToExpiry: 0, headroom: 0 };
  const { left, margin } = remainingLifetime(facts, now);
  const { renewBeforeSeconds } = config;
  // A token with a short lifetime has a renewal margin that is shorter than `renewBefore`. The time left is
  // scaled so that the alarm threshold, half of `renewBefore`, corresponds to half of the margin.
  const scale = (renewBeforeSeconds * 1000) / margin;
  const excessMargin = renewBeforeSeconds * 1000 - margin;
  const scaledTimeLeft = (left < margin ? left * scale : left + excessMargin) / 1000;
  // The alarm must not fire while the broker answers but issues a new token only after the current token
  // expires.
  const isWaitDecision = decision.action === 'wait' || decision.reason === 'WouldReuse';
  const { failures = 0 } = state.attempt ?? {};
  const hasBrokerAnswered = done.verdict === undefined ? failures === 0 : done.verdict !== 'unreachable';
  const isTokenKept = decision.reason === 'AwaitExpiry' || (isWaitDecision && isTokenKeptUntilExpiry(facts));
  return {
    secondsToExpiry: left / 1000,
    headroom:
      isTokenKept && hasBrokerAnswered ? Math.max(renewBeforeSeconds, scaledTimeLeft) : scaledTimeLeft,
  };
}
