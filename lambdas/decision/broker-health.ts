import type { PublishedToken } from '../shared/state.ts';
import type { DueReason, Facts, Hold, Step, Wait } from './facts.ts';
import { budgetSpentUntil, callsOfKey } from './gate.ts';
import { hasLiveToken, remainingLifetime, rulesOf } from './health.ts';
import { isSessionNear } from './renewal.ts';

const MINUTE = 60 * 1000;
/** The time between two issue calls while no token is live and the broker does not answer. */
const OUTAGE_INTERVAL = 15 * MINUTE;
/**
 * The same after the daily budget is spent, because KIS live allows 32 calls a day and an outage may be long.
 */
const LONG_OUTAGE_INTERVAL = 60 * MINUTE;

/**
 * While there is time to wait, the refresher makes no call that can invalidate a live token at an unavailable
 * broker.
 */
export function waitForBroker(
  facts: Facts,
  published: PublishedToken,
  due: DueReason | undefined,
  now: number,
): Wait | undefined {
  const until = earliestCallAt(facts, published, due, now);
  return until === undefined ? undefined : waitForUnhealthyBroker(until, due);
}

function waitForUnhealthyBroker(until: number, due: DueReason | undefined): Wait {
  return { action: 'wait', reason: 'BrokerUnhealthy', until, due, sleep: false };
}

/** In the last half of the margin, each tick verifies a token that is kept until its expiry. */
export function verifyWhileWaiting(
  facts: Facts,
  closed: Wait | Hold | undefined,
  now: number,
): Step | Wait | Hold | undefined {
  const { published } = facts.state;
  const waitsForReplacement = closed?.reason === 'AwaitExpiry' || closed?.reason === 'WouldReuse';
  if (!waitsForReplacement || published === undefined || facts.done.verdict !== undefined) return closed;
  const { left, margin } = remainingLifetime(facts, published, now);
  return left < margin / 2 ? { action: 'verify', reason: closed.reason } : closed;
}

/** An issue call can invalidate a live token, so the broker must first answer a verify call. */
export function verifyBeforeCall(facts: Facts, due: DueReason, now: number): Step | Wait | undefined {
  const { state, parameter, done } = facts;
  const { published } = state;
  if (published === undefined || parameter !== 'ours')
    return waitAfterLostAnswers(facts, due, LONG_OUTAGE_INTERVAL, now);
  const wait = waitForBroker(facts, published, due, now);
  if (done.verdict === undefined) return wait && { action: 'verify', reason: 'BeforeCall' };
  return done.verdict === 'unreachable' ? wait : waitAfterLostAnswers(facts, due, OUTAGE_INTERVAL, now);
}

/**
 * The wait after the daily budget is spent, if issue calls get no answer although verify calls do, or if
 * there is no token to verify. The broker may count each call that it did not answer.
 */
function waitAfterLostAnswers(facts: Facts, due: DueReason, interval: number, now: number): Wait | undefined {
  if (hasLiveToken(facts, now) || !isKisLiveBudgetSpent(facts, now)) return undefined;
  const until = lostCallRetryAt(facts, interval, now);
  return until === undefined ? undefined : waitForUnhealthyBroker(until, due);
}

/** Whether the daily budget is spent at KIS live, which is limited to 32 calls a day. */
function isKisLiveBudgetSpent(facts: Facts, now: number): boolean {
  const { broker, market } = facts.config;
  return broker === 'kis' && market === 'live' && budgetSpentUntil(facts, now) !== undefined;
}

/** The instant before which an unavailable broker must not be called; undefined if it may be called now. */
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
  const retryAt = lostCallRetryAt(facts, interval, now);
  return retryAt && Math.min(retryAt, nextTick);
}

/**
 * KIS: at most two thirds of the margin are left, or half of the lead before a session has passed. Kiwoom: at
 * most one third is left, because an issue call may invalidate the live token while its answer is lost.
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
  return due === 'NearExpiry' && isSessionNear(now, rulesOf(facts));
}

/** When an issue call that was not answered may be repeated; undefined if it may be repeated now. */
function lostCallRetryAt(facts: Facts, interval: number, now: number): number | undefined {
  const { attempt, lastCallAt } = callsOfKey(facts, now);
  if (attempt?.kind !== 'issue' || attempt.outcome !== 'unavailable' || lastCallAt === undefined)
    return undefined;
  return now < lastCallAt + interval ? lastCallAt + interval : undefined;
}
