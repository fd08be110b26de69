import type { DueReason, Facts, Step, Wait } from './facts.ts';
import { callsOfKey, createWait, isKisLiveBudgetSpent, nextTickAfter } from './gate.ts';
import { hasLiveToken, remainingLifetime, renewalRulesOf } from './health.ts';
import { isSessionNear } from './renewal.ts';

const MINUTE = 60 * 1000;
/** The time between two issue calls while no token is live and the broker does not answer. */
const OUTAGE_INTERVAL = 15 * MINUTE;
/** Replaces `OUTAGE_INTERVAL` for KIS live after the daily budget is spent, because an outage may be long. */
const LONG_OUTAGE_INTERVAL = 60 * MINUTE;

/**
 * Returns a wait if the broker does not answer and an issue call must wait. An issue call can invalidate a
 * live token, so the refresher sends no issue call while enough time is left.
 */
export function decideBrokerWait(facts: Facts, due: DueReason | undefined, now: number): Wait | undefined {
  const nextTick = nextTickAfter(facts, now);
  if (hasLiveToken(facts, now)) {
    if (mayCallUnhealthyBroker(facts, due, now)) return undefined;
    return createWait(facts, { reason: 'BrokerUnhealthy', until: nextTick, due }, now);
  }
  const interval = isKisLiveBudgetSpent(facts, now) ? LONG_OUTAGE_INTERVAL : OUTAGE_INTERVAL;
  const wait = waitAfterLostAnswer(facts, due, interval, now);
  return wait && { ...wait, until: Math.min(wait.until, nextTick) };
}

/**
 * Whether an issue call is allowed although the broker does not answer. At KIS, the call is allowed when at
 * most two thirds of the renewal margin are left, or when a renewal is due and a session is near. At Kiwoom,
 * the call is allowed when at most one third of the margin is left, because it may invalidate the live token.
 */
function mayCallUnhealthyBroker(facts: Facts, due: DueReason | undefined, now: number): boolean {
  const { left, margin } = remainingLifetime(facts, now);
  if (facts.contract.reuseWindow === undefined) return left <= margin / 3;
  if (left <= (2 * margin) / 3) return true;
  return due === 'NearExpiry' && isSessionNear(now, renewalRulesOf(facts));
}

function waitAfterLostAnswer(facts: Facts, due: DueReason | undefined, interval: number, now: number) {
  const { attempt, lastCallAt } = callsOfKey(facts, now);
  if (attempt?.kind !== 'issue' || attempt.outcome !== 'unavailable' || lastCallAt === undefined)
    return undefined;
  return createWait(facts, { reason: 'BrokerUnhealthy', until: lastCallAt + interval, due }, now);
}

/** Verifies the token if an issue call must wait and less than half of the renewal margin is left. */
export function verifyWhileWaiting(
  facts: Facts,
  blockingDecision: Wait | undefined,
  now: number,
): Step | Wait | undefined {
  const reason = blockingDecision?.reason;
  const isWaitingForReplacement = reason === 'AwaitExpiry' || reason === 'WouldReuse';
  const { left, margin } = remainingLifetime(facts, now);
  const mustVerify = isWaitingForReplacement && facts.done.verdict === undefined && left < margin / 2;
  return mustVerify ? { action: 'verify', reason } : blockingDecision;
}

/** An issue call can invalidate a live token, so the broker must first answer a verify call. */
export function verifyBeforeCall(facts: Facts, due: DueReason, now: number): Step | Wait | undefined {
  const { state, parameter, done } = facts;
  if (state.published === undefined || parameter !== 'ours')
    return waitWithSpentBudget(facts, due, LONG_OUTAGE_INTERVAL, now);
  const wait = decideBrokerWait(facts, due, now);
  if (done.verdict === undefined) return wait && { action: 'verify', reason: 'BeforeCall' };
  return done.verdict === 'unreachable' ? wait : waitWithSpentBudget(facts, due, OUTAGE_INTERVAL, now);
}

/** KIS live may count unanswered calls, so with a spent budget, the next issue call must wait. */
function waitWithSpentBudget(facts: Facts, due: DueReason, interval: number, now: number): Wait | undefined {
  if (hasLiveToken(facts, now) || !isKisLiveBudgetSpent(facts, now)) return undefined;
  return waitAfterLostAnswer(facts, due, interval, now);
}
