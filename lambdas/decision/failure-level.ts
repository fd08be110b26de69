import type { State } from '../shared/state.ts';
import { findDueReason } from './due.ts';
import type { Decision, Facts } from './facts.ts';
import { budgetSpentUntil, isTokenKeptUntilExpiry, MAX_REVOCATIONS } from './gate.ts';
import { hasLiveToken, isAppKeyRejected, isExpired, remainingLifetime } from './health.ts';

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
  if ((isNewTokenDue && isAppKeyRejected(facts)) || needsOperator(state, now)) return 2;
  const isWaitingForReplacement = decision.reason === 'WouldReuse' || decision.reason === 'AwaitExpiry';
  if (isWaitingForReplacement && pending?.revoke === undefined) return done.verdict === 'unreachable' ? 1 : 0;
  if (isNewTokenDue && budgetSpentUntil(facts, now) !== undefined) return 2;
  return isFailing(facts) ? 1 : 0;
}

/**
 * Whether the credential is failing. A wait for the minimum interval is no failure unless the token is dead.
 */
function isFailing({ state: { published, attempt }, done }: Facts): boolean {
  const isTokenUnverified = done.verdict === 'unclear' || done.verdict === 'unreachable';
  return isTokenUnverified || (attempt?.failures ?? 0) > 0 || published?.health === 'dead';
}

function needsOperator(state: State, now: number): boolean {
  return (
    isAnswerRepeatedlyUnusable(state) || isRevocationFailing(state) || isUselessTokenReturned(state, now)
  );
}

function isAnswerRepeatedlyUnusable({ attempt }: State): boolean {
  const isAnswerUnusable = attempt?.outcome === 'malformed' || attempt?.outcome === 'unpublished';
  return isAnswerUnusable && attempt.failures >= FAILURES_UNTIL_ACTION_REQUIRED;
}

function isRevocationFailing({ published, attempt }: State): boolean {
  if (published === undefined || published.revokedAt !== undefined) return false;
  const hasRepeatedFailures =
    attempt?.kind === 'revoke' && attempt.failures >= FAILURES_UNTIL_ACTION_REQUIRED;
  return hasRepeatedFailures || (published.revocations ?? 0) >= MAX_REVOCATIONS;
}

/**
 * Whether the broker returned a token although it had confirmed the revocation of the token, or returned an
 * expired token more than once.
 */
function isUselessTokenReturned(state: State, now: number): boolean {
  const { published, attempt } = state;
  if (published === undefined) return false;
  if (published.revokedAt !== undefined && attempt?.outcome === 'unchanged') return true;
  return isExpired(state, now) && attempt?.outcome === 'unchanged' && attempt.failures > 1;
}

/** Returns the values of the metrics `SecondsToExpiry` and `Headroom`, in seconds. */
export function timeLeft(
  facts: Facts,
  decision: Decision,
  now: number,
): { readonly secondsToExpiry: number; readonly headroom: number } {
  const { state, config, done } = facts;
  const { published } = state;
  if (published === undefined || !hasLiveToken(facts, now)) return { secondsToExpiry: 0, headroom: 0 };
  const { left, margin } = remainingLifetime(facts, published, now);
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
  const isTokenKept =
    decision.reason === 'AwaitExpiry' || (isWaitDecision && isTokenKeptUntilExpiry(facts, published));
  const isExpectedWait = isTokenKept && hasBrokerAnswered;
  return {
    secondsToExpiry: left / 1000,
    headroom: isExpectedWait ? Math.max(renewBeforeSeconds, scaledTimeLeft) : scaledTimeLeft,
  };
}
