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
/** The number of issue calls of a renewal with a revocation: one before, one after, and one in reserve. */
const CALLS_PER_RENEWAL = 3;
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
  const gateWaits = gates.flatMap((each) => each(facts, due, now) ?? []);
  const [first] = gateWaits;
  return first && { ...first, sleep: gateWaits.every(({ sleep }) => sleep) };
}

/** Returns a hold if the secret contains no usable app key, or an unchanged key that the broker rejected. */
export function holdRejectedKey(facts: Facts, due: DueReason, now: number): Hold | undefined {
  const { state, secret } = facts;
  const { refused } = state;
  const hold = { action: 'hold', reason: 'CredentialsRejected', due } as const;
  if (secret !== undefined && secret.appKey === undefined) return hold;
  if (refused === undefined || !isAppKeyRejected(facts) || isFromFuture(refused.since, now)) return undefined;
  return now < refused.retryAt ? { ...hold, until: refused.retryAt } : undefined;
}

/** Returns a wait until the next tick if this invocation has made three issue calls. */
function decideCallLimitWait({ done, config }: Facts, due: DueReason, now: number): Wait | undefined {
  if (done.calls < MAX_ISSUE_CALLS) return undefined;
  const until = now + config.checkEverySeconds * SECOND;
  return { action: 'wait', reason: 'TooSoon', until, due, sleep: false };
}

/** Returns a wait until the minimum interval of the broker has passed since the last issue call. */
export function decideMinimumIntervalWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { lastCallAt } = callsOfKey(facts, now);
  if (lastCallAt === undefined) return undefined;
  return createWait(facts, 'TooSoon', lastCallAt + facts.contract.minimumInterval, due, now);
}

/** Returns a wait if the published token is live and an issue call would return the same token. */
function decideReuseWindowWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { state, contract } = facts;
  const { published, attempt } = state;
  // If the last issue call returned a suspect token, the next issue call would return the same token.
  const wouldReturnSameToken =
    published?.health === 'live' || (attempt?.kind === 'issue' && attempt.outcome === 'unchanged');
  if (published === undefined || !wouldReturnSameToken || !hasLiveToken(facts, now)) return undefined;
  // Only an issue call shows whether a changed app secret is valid.
  if (due === 'CredentialsChanged') return undefined;

  return contract.reuseWindow === undefined
    ? decideReturnedTokenWait(facts, published, due, now)
    : decideKisReuseWait(facts, published, contract.reuseWindow, due, now);
}

/**
 * Returns a wait until the reuse window of KIS ends. If KIS returns the same token after the reuse window,
 * the wait ends 30 min after the last call. After the second return, the wait ends when the token expires.
 */
function decideKisReuseWait(
  facts: Facts,
  { expiresAt, issuedAt, returnedAgain = 0 }: PublishedToken,
  window: number,
  due: DueReason,
  now: number,
): Wait | undefined {
  const end = expiresAt + SECOND;
  const windowEnd = isFromFuture(issuedAt, now) ? now : issuedAt + window;
  if (now < windowEnd) return createWait(facts, 'WouldReuse', Math.min(windowEnd, end), due, now);
  if (returnedAgain >= 2) return createWait(facts, 'AwaitExpiry', end, due, now);
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  const retryAt = returnedAgain === 0 ? now : lastCallAt + SAME_TOKEN_RETRY_INTERVAL;
  return createWait(facts, 'WouldReuse', Math.min(retryAt, end), due, now);
}

/** Returns a wait until the next attempt if Kiwoom returned the same token or if the revocation failed. */
function decideReturnedTokenWait(
  facts: Facts,
  published: PublishedToken,
  due: DueReason,
  now: number,
): Wait | undefined {
  const { expiresAt, returnedAgain = 0, revocations = 0 } = published;
  const end = expiresAt + SECOND;
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  const wasRenewalTried = returnedAgain > 0 || (revocations > 0 && facts.config.renewEarly === 'revoke');
  if (!wasRenewalTried) return undefined;
  const retryAt = lastCallAt + REVOKE_RETRY_INTERVAL;
  const isWithinBudget = budgetSpentUntil(facts, now, CALLS_PER_RENEWAL) === undefined;
  if (isTokenKeptUntilExpiry(facts, published) || due !== 'NearExpiry' || retryAt >= end || !isWithinBudget)
    return createWait(facts, 'AwaitExpiry', end, due, now);
  return createWait(facts, 'BackingOff', retryAt, due, now);
}

/** Whether the refresher cannot replace the token before its expiry. */
export function isTokenKeptUntilExpiry(
  { config, contract, state }: Facts,
  { returnedAgain = 0, revocations = 0 }: PublishedToken,
): boolean {
  if (returnedAgain === 0) return false;
  if (contract.reuseWindow !== undefined || config.renewEarly !== 'revoke') return true;
  return state.revokeUseless === true || revocations >= MAX_REVOCATIONS;
}

/** Returns a wait if the daily budget is spent. Near the expiry, one call per check interval is allowed. */
function decideBudgetWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const budgetEnd = budgetSpentUntil(facts, now);
  if (budgetEnd === undefined) return undefined;
  const { published } = facts.state;
  const { lastCallAt = 0 } = callsOfKey(facts, now);
  let liftedAt = now;
  if (published !== undefined && hasLiveToken(facts, now)) {
    // One millisecond is added, because the budget applies until less than half of the margin is left.
    liftedAt = published.expiresAt - remainingLifetime(facts, published, now).margin / 2 + 1;
  }
  const allowedAt = Math.max(
    liftedAt,
    lastCallAt + facts.config.checkEverySeconds * SECOND * MIN_CALL_INTERVAL_SHARE,
  );
  return createWait(
    facts,
    'BudgetSpent',
    budgetEnd.absolute ?? Math.min(budgetEnd.until, allowedAt),
    due,
    now,
  );
}

/**
 * Returns the instant at which the daily budget allows `needed` issue calls, or undefined if it allows the
 * calls now. The field `absolute` is the end of the KIS live limit, which also applies near the expiry.
 */
export function budgetSpentUntil(
  facts: Facts,
  now: number,
  needed = 1,
): { readonly until: number; readonly absolute?: number | undefined } | undefined {
  const { config } = facts;
  const countedCallTimes = callsOfKey(facts, now)
    .issues.filter((at) => at > now - DAY && !isFromFuture(at, now))
    .sort((a, b) => a - b);
  const budgetLimitCallTime = countedCallTimes[countedCallTimes.length - config.maxIssuesPerDay + needed - 1];
  if (budgetLimitCallTime === undefined) return undefined;
  const isKisLive = config.broker === 'kis' && config.market === 'live';
  const kisLimitCallTime = isKisLive
    ? countedCallTimes[countedCallTimes.length - MAX_KIS_LIVE_ISSUES]
    : undefined;
  return {
    until: budgetLimitCallTime + DAY,
    absolute: kisLimitCallTime === undefined ? undefined : kisLimitCallTime + DAY,
  };
}

/** After an unusable answer, an unpublished token or a dead token, returns a wait until the back-off ends. */
function decideBackOffWait(facts: Facts, due: DueReason, now: number): Wait | undefined {
  const { attempt, lastCallAt } = callsOfKey(facts, now);
  if (attempt === undefined || isFromFuture(attempt.at, now)) return undefined;
  if (attempt.retryAt !== undefined) return createWait(facts, 'BackingOff', attempt.retryAt, due, now);
  if (lastCallAt === undefined || !isRetryAfterRevocation(facts)) return undefined;
  const retryAt = lastCallAt + SECOND * 2 ** facts.done.repeats;
  return createWait(facts, 'BackingOff', retryAt, due, now);
}

/** Whether an issue call after a revocation must be repeated, because the call was rejected or not sent. */
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

/** Returns a wait if `until` is in the future. The wait includes a sleep if the next tick may be too late. */
export function createWait(
  facts: Facts,
  reason: WaitReason,
  until: number,
  due: DueReason,
  now: number,
): Wait | undefined {
  if (now >= until) return undefined;
  const nextTick = facts.invocationStartedAt + facts.config.checkEverySeconds * SECOND;
  const latestSleepEnd = Math.min(nextTick + MAX_TICK_DELAY, facts.deadline - RESERVED_TIME_AFTER_SLEEP);
  const sleep = until <= latestSleepEnd && isNextTickTooLate(facts, reason, now);
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
 * Returns the recorded calls with the current app key. The minimum interval also applies after a call with a
 * different key, because an operator may store the earlier key again. If the clock was set back, the recorded
 * end of a call may be in the future. The function ignores a call with a future end.
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
