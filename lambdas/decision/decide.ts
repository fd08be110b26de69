import type { PublishedToken } from '../shared/state.ts';
import { decideBrokerWait, verifyBeforeCall, verifyWhileWaiting } from './broker-health.ts';
import { findDueReason } from './due.ts';
import {
  type Decision,
  type DueReason,
  type Facts,
  type Hold,
  MAX_ISSUE_CALLS,
  RESERVED_TIME_AFTER_SLEEP,
  type Step,
  type Wait,
} from './facts.ts';
import {
  budgetSpentUntil,
  createWait,
  decideMinimumIntervalWait,
  findClosedGate,
  holdRejectedKey,
  MAX_REVOCATIONS,
} from './gate.ts';
import { type CredentialsChange, credentialsChange, isExpired, isJustVerified, isLiveAt } from './health.ts';

const HOUR = 60 * 60 * 1000;
/** The invocation time that an early revocation and the following issue call need, in milliseconds. */
const MAX_REVOCATION_TIME = 90_000;

/**
 * Returns the next step for one credential at `now` (epoch milliseconds). The function is pure and never
 * throws. After each step the refresher calls `decide` again with the new facts, until the decision is
 * `keep`, `wait` or `hold`.
 */
export function decide(facts: Facts, now: number): Decision {
  const decision = decideFromFacts(facts, now);
  if (facts.secret === undefined && dependsOnSecret(facts, decision))
    return { action: 'read-secret', reason: decision.reason };
  const mayCheckSecret =
    decision.action === 'keep' && facts.secretVersion === undefined && facts.secret === undefined;
  if (mayCheckSecret && isSecretCheckDue(facts, now))
    return { action: 'check-secret', reason: decision.reason };
  return decision;
}

function decideFromFacts(facts: Facts, now: number): Decision {
  if (facts.state.paused) return { action: 'hold', reason: 'Paused' };
  return (
    decideRestoration(facts, now) ??
    decideRequestedRevocation(facts, now) ??
    decideVerification(facts, now) ??
    holdForRevocation(facts, now) ??
    decideRenewal(facts, now)
  );
}

/** If the token parameter no longer contains the published token, the refresher writes the token again. */
function decideRestoration(facts: Facts, now: number): Step | undefined {
  const { state, done } = facts;
  if (facts.parameter !== 'changed' || !isLiveAt(state, now)) return undefined;
  // An interrupted issue call may have published a different token, which the next issue call returns.
  const mayRestore = state.published?.health === 'live' || done.verdict === 'unclear';
  if (!mayRestore || state.interrupted) return undefined;
  return credentialsChange(facts) === 'key' ? undefined : { action: 'restore', reason: 'ParameterChanged' };
}

/** Returns a revocation that an operator requested and that the broker has not confirmed. */
function decideRequestedRevocation(facts: Facts, now: number): Step | undefined {
  const { state, done } = facts;
  if (!canSendPendingRevocation(facts, now) || done.revoked === state.published?.fingerprint)
    return undefined;
  return { action: 'revoke', reason: 'Requested' };
}

/**
 * If an operator requested a revocation without a replacement, the refresher issues no token before the
 * broker confirms the revocation.
 */
function holdForRevocation(facts: Facts, now: number): Hold | undefined {
  const mustRevokeWithoutReissue =
    canSendPendingRevocation(facts, now) && facts.state.pending?.revoke?.reissue === false;
  return mustRevokeWithoutReissue ? { action: 'hold', reason: 'RevokePending' } : undefined;
}

/**
 * Whether a revocation of the published token is pending and the token can be read. If the token cannot be
 * read, an issue call must return the token first.
 */
function canSendPendingRevocation(facts: Facts, now: number): boolean {
  return facts.parameter !== 'lost' && isRevokePending(facts, now);
}

/**
 * Whether a revocation of the published token is pending. If the pending revocation contains no fingerprint,
 * an issue call must first return the token.
 */
function isRevokePending({ state: { pending, published } }: Facts, now: number): boolean {
  if (published === undefined || published.fingerprint !== pending?.revoke?.fingerprint) return false;
  return published.revokedAt === undefined && now < published.expiresAt;
}

/**
 * Returns a verify call for a suspect token that may be live, and for the published token if the secret has a
 * new version. If the broker did not answer the verify call, returns a hold or a wait.
 */
function decideVerification(facts: Facts, now: number): Step | Wait | Hold | undefined {
  const { state, parameter, done } = facts;
  const { published } = state;
  const change = credentialsChange(facts);
  if (published === undefined || !isVerifiable(facts, change, now)) return undefined;
  const isSuspect = published.health === 'suspect';
  if (!isSuspect && change !== 'version') return undefined;
  if (done.verdict === undefined) {
    if (change === 'version') return { action: 'verify', reason: 'SecretVersion' };
    const isRecentlyVerified = parameter === 'ours' && isJustVerified(state, now);
    return isRecentlyVerified ? undefined : { action: 'verify', reason: 'Suspect' };
  }
  if (!isSuspect || done.verdict !== 'unreachable') return undefined;
  const { due } = findDueReason(facts, now);
  const blockingDecision =
    due && (holdRejectedKey(facts, due, now) ?? decideMinimumIntervalWait(facts, due, now));
  return blockingDecision ?? decideBrokerWait(facts, published, due, now);
}

/**
 * Whether the published token can be verified: the token may be live, the token parameter may contain the
 * token, and the app key of the token is still in use.
 */
function isVerifiable({ state, parameter }: Facts, change: CredentialsChange, now: number): boolean {
  if (!isLiveAt(state, now) || parameter === 'lost' || change === 'key') return false;
  return parameter === 'ours' || !state.interrupted;
}

function decideRenewal(facts: Facts, now: number): Decision {
  const { due, keep } = findDueReason(facts, now);
  if (due === undefined) {
    // The refresher does not keep a token whose revocation is pending.
    if (isRevokePending(facts, now)) return { action: 'hold', reason: 'RevokePending' };
    return { action: 'keep', reason: keep, until: facts.state.published?.renewAt };
  }
  return (
    holdRejectedKey(facts, due, now) ??
    handleReturnedDeadToken(facts, due, now) ??
    decideEarlyRevocation(facts, due, now) ??
    verifyWhileWaiting(facts, findClosedGate(facts, due, now), now) ??
    verifyBeforeCall(facts, due, now) ?? { action: 'issue', reason: due }
  );
}

/**
 * Handles a dead or expired token that the broker returned in reply to an issue call. The refresher revokes
 * the token, but first verifies a dead token once more.
 */
function handleReturnedDeadToken(facts: Facts, due: DueReason, now: number): Step | Wait | undefined {
  const { state, done } = facts;
  const published = due === 'CredentialsChanged' ? undefined : state.published;
  if (published === undefined || published.revokedAt !== undefined) return undefined;
  const wasRevocationSent = (published.revocations ?? 0) > 0;
  if (isExpired(state, now)) {
    const isTokenReturned = wasRevocationSent || isReturnedAgain(facts);
    return isTokenReturned ? decideRevocation(facts, published, due) : undefined;
  }
  if (published.health !== 'dead') return undefined;
  if (done.returned && done.verdict === undefined) return { action: 'verify', reason: due };
  const mustRevoke = published.returnedDead || wasRevocationSent;
  return (
    (mustRevoke && decideRevocation(facts, published, due)) ||
    decideRevocationWait(facts, published, due, now)
  );
}

/** Whether the last two issue calls returned the same token. */
function isReturnedAgain({ state: { attempt }, done }: Facts): boolean {
  return done.returned === true && (attempt?.failures ?? 0) >= 2;
}

function decideRevocation(
  { parameter, done }: Facts,
  { fingerprint, revocations = 0 }: PublishedToken,
  due: DueReason,
): Step | undefined {
  const mayRevoke = parameter !== 'lost' && done.revoked !== fingerprint;
  return mayRevoke && revocations < MAX_REVOCATIONS ? { action: 'revoke', reason: due } : undefined;
}

/**
 * After a rejected revocation, returns a wait until the next tick. An issue call would return the same token,
 * so the next tick repeats the revocation first.
 */
function decideRevocationWait(
  { state: { attempt }, done, config }: Facts,
  { fingerprint, revocations = 0 }: PublishedToken,
  due: DueReason,
  now: number,
): Wait | undefined {
  const isRevocationRejected = attempt?.kind === 'revoke' && attempt.outcome !== 'revoked';
  if (!isRevocationRejected || revocations > 0 || done.revoked !== fingerprint) return undefined;
  const until = now + config.checkEverySeconds * 1000;
  return { action: 'wait', reason: 'BackingOff', until, due, sleep: false };
}

/**
 * Handles a live token that the broker has just returned unchanged. Only a revocation makes the broker issue
 * a new token before the expiry. After the minimum interval, the refresher revokes the token and immediately
 * issues a new token.
 */
function decideEarlyRevocation(facts: Facts, due: DueReason, now: number): Step | Wait | undefined {
  const { config, state, done, deadline } = facts;
  const { published } = state;
  if (due !== 'NearExpiry' || config.renewEarly !== 'revoke' || state.revokeUseless || !done.returned)
    return undefined;
  if (published?.health !== 'live' || done.revoked === published.fingerprint) return undefined;
  if ((published.revocations ?? 0) >= MAX_REVOCATIONS || done.calls >= MAX_ISSUE_CALLS) return undefined;
  const budget = budgetSpentUntil(facts, now, 2);
  if (budget !== undefined) return createWait(facts, 'BudgetSpent', budget.until, due, now);
  if (deadline - now < MAX_REVOCATION_TIME + RESERVED_TIME_AFTER_SLEEP) return undefined;
  const wait = decideMinimumIntervalWait(facts, due, now);
  return wait === undefined ? { action: 'revoke', reason: due } : { ...wait, sleep: true };
}

/** Whether the decision depends on a fact that only the secret contains. */
function dependsOnSecret({ state }: Facts, decision: Decision): boolean {
  const { action, reason } = decision;
  if (action === 'restore' || reason === 'Paused' || reason === 'RevokePending') return false;
  if (action === 'issue' || action === 'verify' || action === 'revoke') return true;
  // The secret may contain a new app key, for which a hold or a wait does not apply.
  if (reason === 'CredentialsRejected' || ('due' in decision && decision.due === 'CredentialsChanged'))
    return true;
  return state.published !== undefined && state.pending?.credentialsChanged !== undefined;
}

/**
 * Whether this tick checks the version of the secret. The check detects a secret change whose event was lost.
 * The first two ticks of each hour check the version, because one tick may be lost.
 */
function isSecretCheckDue({ config }: Facts, now: number): boolean {
  return now % HOUR < Math.min(2 * config.checkEverySeconds * 1000, HOUR);
}
