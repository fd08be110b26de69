import type { PublishedToken } from '../shared/state.ts';
import type { DueReason, Facts, Hold, Step, Wait } from './facts.ts';
import { budgetSpentUntil, callsOfKey } from './gate.ts';
import { hasLiveToken, remainingLifetime, renewalRulesOf } from './health.ts';
import { isSessionNear } from './renewal.ts';

const MINUTE = 60 * 1000;
/** The time between two issue calls while no token is live and the broker does not answer. */
const OUTAGE_INTERVAL = 15 * MINUTE;
/**
 * The time between two issue calls during an outage after the daily budget is spent. KIS live allows only 32
 * calls a day, and an outage may be long.
 */
const LONG_OUTAGE_INTERVAL = 60 * MINUTE;

/**
 * Returns a wait if the broker does not answer and an issue call must wait. An issue call can invalidate a
 * live token, so the refresher sends no issue call while enough time is left.
 */
export function decideBrokerWait(
  facts: Facts,
  published: PublishedToken,
  due: DueReason | undefined,
  now: number,
): Wait | undefined {
  const until = earliestCallAt(facts, published, due, now);
  return until === undefined ? undefined : decideUnhealthyBrokerWait(until, due);
}

function decideUnhealthyBrokerWait(until: number, due: DueReason | undefined): Wait {
  return { action: 'wait', reason: 'BrokerUnhealthy', until, due, sleep: false };
}

/**
 * Returns `blockingDecision`, or a verify call if an issue call cannot replace the token yet and less than
 * half of the renewal margin is left.
 */
export function verifyWhileWaiting(
  facts: Facts,
  blockingDecision: Wait | Hold | undefined,
  now: number,
): Step | Wait | Hold | undefined {
  const { published } = facts.state;
  const isWaitingForReplacement =
    blockingDecision?.reason === 'AwaitExpiry' || blockingDecision?.reason === 'WouldReuse';
  if (!isWaitingForReplacement || published === undefined || facts.done.verdict !== undefined)
    return blockingDecision;
  const { left, margin } = remainingLifetime(facts, published, now);
  return left < margin / 2 ? { action: 'verify', reason: blockingDecision.reason } : blockingDecision;
}

/** An issue call can invalidate a live token, so the broker must first answer a verify call. */
export function verifyBeforeCall(facts: Facts, due: DueReason, now: number): Step | Wait | undefined {
  const { state, parameter, done } = facts;
  const { published } = state;
  if (published === undefined || parameter !== 'ours')
    return waitAfterLostAnswers(facts, due, LONG_OUTAGE_INTERVAL, now);
  const wait = decideBrokerWait(facts, published, due, now);
  if (done.verdict === undefined) return wait && { action: 'verify', reason: 'BeforeCall' };
  return done.verdict === 'unreachable' ? wait : waitAfterLostAnswers(facts, due, OUTAGE_INTERVAL, now);
}

/**
 * Without a live token at KIS live, returns a wait if the daily budget is spent and the broker did not answer
 * the last issue call. The broker may count unanswered calls, too.
 */
function waitAfterLostAnswers(facts: Facts, due: DueReason, interval: number, now: number): Wait | undefined {
  if (hasLiveToken(facts, now) || !isKisLiveBudgetSpent(facts, now)) return undefined;
  const until = unansweredCallRetryAt(facts, interval, now);
  return until === undefined ? undefined : decideUnhealthyBrokerWait(until, due);
}

/** Whether the credential uses KIS live, which allows 32 calls a day, and the daily budget is spent. */
function isKisLiveBudgetSpent(facts: Facts, now: number): boolean {
  const { broker, market } = facts.config;
  return broker === 'kis' && market === 'live' && budgetSpentUntil(facts, now) !== undefined;
}

/**
 * Returns the next instant at which the refresher may call an unavailable broker, or undefined if it may call
 * the broker now.
 */
function earliestCallAt(
  facts: Facts,
  published: PublishedToken,
  due: DueReason | undefined,
  now: number,
): number | undefined {
  const nextTick = now + facts.config.checkEverySeconds * 1000;
  if (hasLiveToken(facts, now))
    return mayCallUnhealthyBroker(facts, published, due, now) ? undefined : nextTick;
  const interval = isKisLiveBudgetSpent(facts, now) ? LONG_OUTAGE_INTERVAL : OUTAGE_INTERVAL;
  const retryAt = unansweredCallRetryAt(facts, interval, now);
  return retryAt && Math.min(retryAt, nextTick);
}

/**
 * Whether an issue call is allowed although the broker does not answer. At KIS, the call is allowed when at
 * most two thirds of the renewal margin are left, or when a renewal is due and a session is near. At Kiwoom,
 * the call is allowed when at most one third of the margin is left, because it may invalidate the live token.
 */
function mayCallUnhealthyBroker(
  facts: Facts,
  published: PublishedToken,
  due: DueReason | undefined,
  now: number,
): boolean {
  const { left, margin } = remainingLifetime(facts, published, now);
  if (facts.contract.reuseWindow === undefined) return left <= margin / 3;
  if (left <= (2 * margin) / 3) return true;
  return due === 'NearExpiry' && isSessionNear(now, renewalRulesOf(facts));
}

/**
 * Returns the instant at which the refresher may repeat an unanswered issue call, or undefined if it may
 * repeat the call now.
 */
function unansweredCallRetryAt(facts: Facts, interval: number, now: number): number | undefined {
  const { attempt, lastCallAt } = callsOfKey(facts, now);
  if (attempt?.kind !== 'issue' || attempt.outcome !== 'unavailable' || lastCallAt === undefined)
    return undefined;
  return now < lastCallAt + interval ? lastCallAt + interval : undefined;
}
