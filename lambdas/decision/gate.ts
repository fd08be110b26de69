import type { PublishedToken, State } from '../shared/state.ts';
import type { DueReason, Facts, Hold, Wait } from './facts.ts';
import { MAX_ISSUE_CALLS, RESERVED_TIME_AFTER_SLEEP } from './facts.ts';
import { hasLiveToken, isAppKeyUnusable, isFromFuture, isLiveAt, remainingLifetime } from './health.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
/**
 * With a spent budget, one issue call is allowed after this share of a check interval. The share is below 1,
 * because ticks are precise only to the minute.
 */
const MIN_CALL_INTERVAL_SHARE = 0.75;
/** The time between two issue calls if KIS still returns the same token after the reuse window has ended. */
const SAME_TOKEN_RETRY_INTERVAL = 30 * MINUTE;
/** The time between two attempts to replace a live token that Kiwoom returned unchanged. */
const REVOKE_RETRY_INTERVAL = 15 * MINUTE;
/** The largest number of revocations sent for one token. */
export const MAX_REVOCATIONS = 3;
/** A renewal with a revocation needs an issue call before and after the revocation, and one in reserve. */
const CALLS_PER_RENEWAL = 3;
/** The longest delay of a tick: the scheduler, its flexible time window, the queue and the function. */
const MAX_TICK_DELAY = 90 * SECOND;
/** The daily limit of issue calls at KIS live, which sends the account owner a message for each token. */
const MAX_KIS_LIVE_ISSUES = 32;

/**
 * Returns the wait of the first rule (gate) that forbids an issue call, or undefined if all rules allow the
 * call. The invocation sleeps only if all rules allow the call before the invocation ends.
 */
export function findClosedGate(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const gates = [
    decideCallLimitWait,
    decideMinimumIntervalWait,
    decideReuseWindowWait,
    decideBudgetWait,
    decideBackOffWait,
  ];
  const waits = gates.flatMap((decideWait) => decideWait(facts, due, now) ?? []);
  const [first] = waits;
  return first && { ...first, sleep: waits.every(({ sleep }) => sleep) };
}

/** Returns a hold if the secret contains no usable app key, or an unchanged key that the broker rejected. */
export function decideUnusableKeyHold(facts: Facts, due: DueReason, now: number): Hold | undefined {
  const { state, secret } = facts;
  const { refused } = state;
  const hold = { action: 'hold', reason: 'CredentialsRejected', due } as const;
  if (secret !== undefined && secret.appKey === undefined) return hold;
  if (refused === undefined || !isAppKeyUnusable(facts) || isFromFuture(refused.since, now)) return undefined;
  return now < refused.retryAt ? { ...hold, until: refused.retryAt } : undefined;
}

function decideCallLimitWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  if (facts.done.calls < MAX_ISSUE_CALLS) return undefined;
  return { action: 'wait', reason: 'TooSoon', until: nextTickAfter(facts, now), due, sleep: false };
}

/** Returns a wait until the minimum interval of the broker has passed since the last issue call. */
export function decideMinimumIntervalWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { lastCallAt } = callsOfKey(facts, now);
  if (lastCallAt === undefined) return undefined;
  const until = lastCallAt + facts.contract.minimumInterval;
  return createWait(facts, { reason: 'TooSoon', until, due }, now);
}

/** Returns a wait if the published token is live and an issue call would return the same token. */
function decideReuseWindowWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { published, attempt } = facts.state;
  // If the last issue call returned a suspect token, the next issue call would return the same token.
  const wouldReturnSameToken =
    published?.health === 'live' || (attempt?.kind === 'issue' && attempt.outcome === 'unchanged');
  if (published === undefined || !wouldReturnSameToken || !hasLiveToken(facts, now)) return undefined;
  // Only an issue call shows whether a changed app secret is valid.
  if (due === 'CredentialsChanged') return undefined;
  const wait =
    facts.contract.reuseWindow === undefined
      ? waitWithoutReuseWindow(facts, published, due, now)
      : waitWithReuseWindow(facts, published, facts.contract.reuseWindow, now);
  return wait && createWait(facts, { ...wait, due }, now);
}

/**
 * KIS returns the same token until the reuse window ends. If KIS returns the token even later, the refresher
 * repeats the call after 30 min. If KIS returns the token again, the refresher waits until the expiry.
 */
function waitWithReuseWindow(facts: Facts, token: PublishedToken, reuseWindow: number, now: number) {
  const { issuedAt, returnedAgain = 0 } = token;
  const afterExpiry = token.expiresAt + SECOND;
  const windowEnd = isFromFuture(issuedAt, now) ? now : issuedAt + reuseWindow;
  if (now < windowEnd || returnedAgain === 0)
    return { reason: 'WouldReuse', until: Math.min(windowEnd, afterExpiry) } as const;
  if (returnedAgain >= 2) return { reason: 'AwaitExpiry', until: afterExpiry } as const;
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  return {
    reason: 'WouldReuse',
    until: Math.min(lastCallAt + SAME_TOKEN_RETRY_INTERVAL, afterExpiry),
  } as const;
}

/** Returns the wait before the next attempt if Kiwoom returned the same token or the revocation failed. */
function waitWithoutReuseWindow(facts: Facts, token: PublishedToken, due: DueReason, now: number) {
  const { expiresAt, returnedAgain = 0, revocations = 0 } = token;
  const wasRenewalTried = returnedAgain > 0 || (revocations > 0 && facts.config.renewEarly === 'revoke');
  if (!wasRenewalTried) return undefined;
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  const afterExpiry = expiresAt + SECOND;
  const retryAt = lastCallAt + REVOKE_RETRY_INTERVAL;
  const isWithinBudget = budgetSpentUntil(facts, now, CALLS_PER_RENEWAL) === undefined;
  if (isTokenKeptUntilExpiry(facts) || due !== 'NearExpiry' || retryAt >= afterExpiry || !isWithinBudget)
    return { reason: 'AwaitExpiry', until: afterExpiry } as const;
  return { reason: 'BackingOff', until: retryAt } as const;
}

/** Whether the refresher cannot replace the published token before its expiry. */
export function isTokenKeptUntilExpiry({ config, contract, state }: Facts): boolean {
  const { published, revokeUseless } = state;
  if (!published?.returnedAgain) return false;
  if (contract.reuseWindow !== undefined || config.renewEarly !== 'revoke') return true;
  return revokeUseless === true || (published.revocations ?? 0) >= MAX_REVOCATIONS;
}

/** Returns a wait if the daily budget is spent. Near the expiry, one call per check interval is allowed. */
function decideBudgetWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const budgetEnd = budgetSpentUntil(facts, now);
  if (budgetEnd === undefined) return undefined;
  const { left, margin } = remainingLifetime(facts, now);
  // One millisecond is added, because the budget applies until less than half of the margin is left.
  const budgetAppliesUntil = hasLiveToken(facts, now) ? now + left - margin / 2 + 1 : now;
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  const intervalEnd = lastCallAt + facts.config.checkEverySeconds * SECOND * MIN_CALL_INTERVAL_SHARE;
  // The limit of KIS live also applies near the expiry.
  const kisLimitEnd = isKisLive(facts) ? callLimitEnd(facts, MAX_KIS_LIVE_ISSUES, now) : undefined;
  const until = kisLimitEnd ?? Math.min(budgetEnd, Math.max(budgetAppliesUntil, intervalEnd));
  return createWait(facts, { reason: 'BudgetSpent', until, due }, now);
}

/** The time at which the daily budget allows `needed` issue calls; undefined if it allows the calls now. */
export function budgetSpentUntil(facts: Facts, now: number, needed = 1): number | undefined {
  return callLimitEnd(facts, facts.config.maxIssuesPerDay - needed + 1, now);
}

/** The time at which fewer than `limit` calls are in the last 24 h; undefined if there are fewer now. */
function callLimitEnd(facts: Facts, limit: number, now: number): number | undefined {
  const callTimes = callsOfKey(facts, now)
    .issues.filter((at) => at > now - DAY && !isFromFuture(at, now))
    .sort((a, b) => a - b);
  const limitingCallTime = callTimes[callTimes.length - limit];
  return limitingCallTime === undefined ? undefined : limitingCallTime + DAY;
}

function isKisLive({ config }: Facts): boolean {
  return config.broker === 'kis' && config.market === 'live';
}

export function isKisLiveBudgetSpent(facts: Facts, now: number): boolean {
  return isKisLive(facts) && budgetSpentUntil(facts, now) !== undefined;
}

/** After an unusable answer, an unpublished token or a dead token, returns a wait until the back-off ends. */
function decideBackOffWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { attempt, lastCallAt } = callsOfKey(facts, now);
  if (attempt === undefined || isFromFuture(attempt.at, now)) return undefined;
  if (attempt.retryAt !== undefined)
    return createWait(facts, { reason: 'BackingOff', until: attempt.retryAt, due }, now);
  if (lastCallAt === undefined || !isRetryAfterRevocation(facts)) return undefined;
  const until = lastCallAt + SECOND * 2 ** facts.done.repeats;
  return createWait(facts, { reason: 'BackingOff', until, due }, now);
}

/** Whether an issue call after a revocation must be repeated, because the call was rejected or not sent. */
function isRetryAfterRevocation({ state: { published, attempt }, done }: Facts): boolean {
  const wasTokenRevoked = done.revoked !== undefined && done.revoked === published?.fingerprint;
  return wasTokenRevoked && published.health === 'dead' && done.repeats > 0 && attempt?.kind === 'issue';
}

export function nextTickAfter({ config }: Facts, instant: number): number {
  return instant + config.checkEverySeconds * SECOND;
}

/** Returns a wait if `until` is in the future. The wait includes a sleep if the next tick may be too late. */
export function createWait(
  facts: Facts,
  wait: Omit<Wait, 'action' | 'sleep'>,
  now: number,
): Wait | undefined {
  if (now >= wait.until) return undefined;
  const latestNextTick = nextTickAfter(facts, facts.invocationStartedAt) + MAX_TICK_DELAY;
  const latestSleepEnd = Math.min(latestNextTick, facts.deadline - RESERVED_TIME_AFTER_SLEEP);
  const sleep = wait.until <= latestSleepEnd && isNextTickTooLate(facts, wait.reason, now);
  return { action: 'wait', ...wait, sleep };
}

function isNextTickTooLate(facts: Facts, reason: Wait['reason'], now: number): boolean {
  if (reason === 'BrokerUnhealthy') return false;
  if (isRetryAfterRevocation(facts)) return true;
  if (reason === 'BudgetSpent' || reason === 'BackingOff') return false;
  // After an outage or an unusable answer, the next tick is early enough.
  const outcome = facts.state.attempt?.outcome;
  if (outcome === 'unavailable' || outcome === 'malformed') return false;
  const latestNextTick = nextTickAfter(facts, now) + MAX_TICK_DELAY;
  return !(hasLiveToken(facts, now) && isLiveAt(facts.state, latestNextTick));
}

/**
 * Returns the recorded calls with the current app key. The minimum interval also applies after a call with a
 * different key, because an operator may store the earlier key again. If the clock was set back, `lastCallAt`
 * may be in the future, and is ignored.
 */
export function callsOfKey(
  { state, secret }: Facts,
  now: number,
): Pick<State, 'lastCallAt' | 'issues' | 'attempt'> {
  const { lastCallAt, calledWith } = state;
  const areKeysKnown = secret?.appKey !== undefined && calledWith !== undefined;
  const calls = areKeysKnown && secret.appKey !== calledWith ? { issues: [], lastCallAt } : state;
  const isCallFromFuture = lastCallAt !== undefined && isFromFuture(lastCallAt, now);
  return isCallFromFuture ? { issues: calls.issues } : calls;
}
