import type { PublishedToken, State } from '../shared/state.ts';
import {
  type DueReason,
  type Facts,
  type Hold,
  MAX_ISSUE_CALLS,
  MAX_TICK_DELAY,
  RESERVED_TIME_AFTER_SLEEP,
  type Wait,
  type WaitReason,
} from './facts.ts';
import { hasLiveToken, isAppKeyRejected, isFromFuture, isLiveAt, remainingLifetime } from './health.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
/**
 * Ticks are precise to the minute and calls take time, so this share of a check interval counts as a whole
 * one.
 */
const COUNTED_INTERVAL_SHARE = 0.75;
/** KIS: the time between two issue calls if the broker returns the same token after the reuse window. */
const RETURNED_RETRY_INTERVAL = 30 * MINUTE;
/**
 * The time between two attempts to revoke a live token, or to renew one that the broker returns unchanged.
 */
const REVOKE_RETRY_INTERVAL = 15 * MINUTE;
/** The largest number of revocations sent for one token. */
export const MAX_REVOCATIONS = 3;
/** The issue calls of a renewal with a revocation: one before it, one after it, and one in reserve. */
const CALLS_PER_RENEWAL = 3;
/** The limit of KIS live for one day. Every issue sends the owner a KakaoTalk message. */
const MAX_KIS_LIVE_ISSUES = 32;

/**
 * Second part of the decision: the first gate that forbids the call, or undefined if the broker may be
 * called. The invocation sleeps only if all gates allow the call before its end.
 */
export function findClosedGate(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const gates = [waitForCallLimit, waitForMinimumInterval, waitForReuseWindow, waitForBudget, waitForBackOff];
  const closed = gates.flatMap((each) => each(facts, due, now) ?? []);
  const [first] = closed;
  return first && { ...first, sleep: closed.every(({ sleep }) => sleep) };
}

/** The broker rejected the key, or the secret contains no usable key, and the secret has not changed. */
export function holdRejectedKey(facts: Facts, due: DueReason, now: number): Hold | undefined {
  const { state, secret } = facts;
  const { refused } = state;
  const hold = { action: 'hold', reason: 'CredentialsRejected', due } as const;
  if (secret !== undefined && secret.appKey === undefined) return hold;
  if (refused === undefined || !isAppKeyRejected(facts) || isFromFuture(refused.since, now)) return undefined;
  return now < refused.retryAt ? { ...hold, until: refused.retryAt } : undefined;
}

/** One invocation makes at most three issue calls. The next tick continues. */
function waitForCallLimit({ done, config }: Facts, due: DueReason, now: number): Wait | undefined {
  if (done.calls < MAX_ISSUE_CALLS) return undefined;
  return {
    action: 'wait',
    reason: 'TooSoon',
    until: now + config.checkEverySeconds * SECOND,
    due,
    sleep: false,
  };
}

/** The minimum interval of the broker applies to every call. */
export function waitForMinimumInterval(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { lastCallAt } = callsOfKey(facts, now);
  if (lastCallAt === undefined) return undefined;
  return waitUntil(facts, 'TooSoon', lastCallAt + facts.contract.minimumInterval, due, now);
}

/** An issue call would return the published token, which is live. */
function waitForReuseWindow(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { state, contract } = facts;
  const { published, attempt } = state;
  // A suspect token that the broker has just returned would be returned again.
  const known =
    published?.health === 'live' || (attempt?.kind === 'issue' && attempt.outcome === 'unchanged');
  if (published === undefined || !known || !hasLiveToken(facts, now)) return undefined;
  // The issue call shows whether a changed app secret is valid.
  if (due === 'CredentialsChanged') return undefined;

  return contract.reuseWindow === undefined
    ? waitForReturnedToken(facts, published, due, now)
    : reuseWindow(facts, published, contract.reuseWindow, due, now);
}

/**
 * KIS: waits for the end of the reuse window. If the same token is returned twice after it, waits for its
 * expiry.
 */
function reuseWindow(
  facts: Facts,
  { expiresAt, issuedAt, returnedAgain = 0 }: PublishedToken,
  window: number,
  due: DueReason,
  now: number,
): Wait | undefined {
  const end = expiresAt + SECOND;
  const windowEnd = isFromFuture(issuedAt, now) ? now : issuedAt + window;
  if (now < windowEnd) return waitUntil(facts, 'WouldReuse', Math.min(windowEnd, end), due, now);
  if (returnedAgain >= 2) return waitUntil(facts, 'AwaitExpiry', end, due, now);
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  const again = returnedAgain === 0 ? now : lastCallAt + RETURNED_RETRY_INTERVAL;
  return waitUntil(facts, 'WouldReuse', Math.min(again, end), due, now);
}

/** Kiwoom: the next attempt after the token was returned unchanged or its revocation failed. */
function waitForReturnedToken(
  facts: Facts,
  published: PublishedToken,
  due: DueReason,
  now: number,
): Wait | undefined {
  const { expiresAt, returnedAgain = 0, revocations = 0 } = published;
  const end = expiresAt + SECOND;
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  const wasTried = returnedAgain > 0 || (revocations > 0 && facts.config.renewEarly === 'revoke');
  if (!wasTried) return undefined;
  const retryAt = lastCallAt + REVOKE_RETRY_INTERVAL;
  const isWithinBudget = budgetSpentUntil(facts, now, CALLS_PER_RENEWAL) === undefined;
  if (isKeptUntilExpiry(facts, published) || due !== 'NearExpiry' || retryAt >= end || !isWithinBudget)
    return waitUntil(facts, 'AwaitExpiry', end, due, now);
  return waitUntil(facts, 'BackingOff', retryAt, due, now);
}

/** Whether the refresher cannot replace the token before its expiry. */
export function isKeptUntilExpiry(
  { config, contract, state }: Facts,
  { returnedAgain = 0, revocations = 0 }: PublishedToken,
): boolean {
  if (returnedAgain === 0) return false;
  if (contract.reuseWindow !== undefined || config.renewEarly !== 'revoke') return true;
  return state.revokeUseless === true || revocations >= MAX_REVOCATIONS;
}

/**
 * The daily budget is spent. Shortly before the expiry, one call per check interval is allowed nevertheless.
 */
function waitForBudget(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const spent = budgetSpentUntil(facts, now);
  if (spent === undefined) return undefined;
  const { published } = facts.state;
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  let liftedAt = now;
  if (published !== undefined && hasLiveToken(facts, now)) {
    // Less than half of the margin must be left, hence the millisecond.
    liftedAt = published.expiresAt - remainingLifetime(facts, published, now).margin / 2 + 1;
  }
  const allowedAt = Math.max(
    liftedAt,
    lastCallAt + facts.config.checkEverySeconds * SECOND * COUNTED_INTERVAL_SHARE,
  );
  return waitUntil(facts, 'BudgetSpent', spent.absolute ?? Math.min(spent.until, allowedAt), due, now);
}

/**
 * When the budget allows this number of issue calls; undefined if it allows them now.
 * `absolute`: the end of a limit that also applies shortly before the expiry.
 */
export function budgetSpentUntil(
  facts: Facts,
  now: number,
  needed = 1,
): { readonly until: number; readonly absolute?: number | undefined } | undefined {
  const { config } = facts;
  const counted = callsOfKey(facts, now)
    .issues.filter((at) => at > now - DAY && !isFromFuture(at, now))
    .sort((a, b) => a - b);
  const oldest = counted[counted.length - config.maxIssuesPerDay + needed - 1];
  if (oldest === undefined) return undefined;
  const isKisLive = config.broker === 'kis' && config.market === 'live';
  const last = isKisLive ? counted[counted.length - MAX_KIS_LIVE_ISSUES] : undefined;
  return { until: oldest + DAY, absolute: last === undefined ? undefined : last + DAY };
}

/** The back-off after an unusable answer, a token that could not be published, or a dead token. */
function waitForBackOff(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { attempt, lastCallAt } = callsOfKey(facts, now);
  if (attempt === undefined || isFromFuture(attempt.at, now)) return undefined;
  if (attempt.retryAt !== undefined) return waitUntil(facts, 'BackingOff', attempt.retryAt, due, now);
  if (lastCallAt === undefined || !isRetryAfterRevocation(facts)) return undefined;
  const again = lastCallAt + SECOND * 2 ** facts.done.repeats;
  return waitUntil(facts, 'BackingOff', again, due, now);
}

/** After a revocation there is no live token, so an issue call that was rejected or not sent is repeated. */
export function isRetryAfterRevocation({ state, done }: Facts): boolean {
  const { published, attempt } = state;
  return (
    done.revoked !== undefined &&
    done.revoked === published?.fingerprint &&
    published.health === 'dead' &&
    done.repeats > 0 &&
    attempt?.kind === 'issue'
  );
}

/** A wait until a future instant, with `sleep` if the next tick may be too late. */
export function waitUntil(
  facts: Facts,
  reason: WaitReason,
  until: number,
  due: DueReason,
  now: number,
): Wait | undefined {
  if (now >= until) return undefined;
  const nextTick = facts.invocationStartedAt + facts.config.checkEverySeconds * SECOND;
  const latest = Math.min(nextTick + MAX_TICK_DELAY, facts.deadline - RESERVED_TIME_AFTER_SLEEP);
  const sleep = until <= latest && isNextTickTooLate(facts, reason, now);
  return { action: 'wait', reason, until, due, sleep };
}

function isNextTickTooLate(facts: Facts, reason: WaitReason, now: number): boolean {
  const { state, config } = facts;
  if (isRetryAfterRevocation(facts)) return true;
  if (reason === 'BudgetSpent' || reason === 'BackingOff' || reason === 'BrokerUnhealthy') return false;
  // After an outage or an unusable answer, the next tick is early enough.
  const outcome = state.attempt?.outcome;
  if (outcome === 'unavailable' || outcome === 'malformed') return false;
  const nextTick = now + config.checkEverySeconds * SECOND + MAX_TICK_DELAY;
  return !(hasLiveToken(facts, now) && isLiveAt(state, nextTick));
}

/**
 * The calls with the current app key. The minimum interval also applies after a call with a different key,
 * because the state describes only one call and the earlier key may be stored again. A call that ended in the
 * future, because the clock was turned back, is ignored.
 */
export function callsOfKey(
  { state, secret }: Facts,
  now: number,
): Pick<State, 'lastCallAt' | 'issues' | 'attempt'> {
  const { lastCallAt, calledWith } = state;
  const known = secret?.appKey !== undefined && calledWith !== undefined;
  const calls = known && secret.appKey !== calledWith ? { issues: [], lastCallAt } : state;
  const isCallFromFuture = lastCallAt !== undefined && isFromFuture(lastCallAt, now);
  return isCallFromFuture ? { issues: calls.issues } : calls;
}
