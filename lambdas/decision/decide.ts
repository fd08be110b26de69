import type { State } from '../shared/state.ts';
import { decideBrokerWait, verifyBeforeCall, verifyWhileWaiting } from './broker-health.ts';
import { findDueReason } from './due.ts';
import type { Decision, DueReason, Facts, Hold, Step, Wait } from './facts.ts';
import { MAX_ISSUE_CALLS, RESERVED_TIME_AFTER_SLEEP } from './facts.ts';
import {
  budgetSpentUntil,
  createWait,
  decideMinimumIntervalWait,
  decideUnusableKeyHold,
  findClosedGate,
  MAX_REVOCATIONS,
  nextTickAfter,
} from './gate.ts';
import { credentialsChange, hasLiveToken, isExpired, isJustVerified, isRevocable } from './health.ts';

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
  const { secret, secretVersion } = facts;
  if (secret !== undefined) return decision;
  const { action, reason } = decision;
  if (dependsOnSecret(facts, decision)) return { action: 'read-secret', reason };
  const mustCheckSecret = action === 'keep' && secretVersion === undefined && isSecretCheckDue(facts, now);
  return mustCheckSecret ? { action: 'check-secret', reason } : decision;
}

function decideFromFacts(facts: Facts, now: number): Decision {
  if (facts.state.paused) return { action: 'hold', reason: 'Paused' };
  return (
    decideRestoration(facts, now) ??
    decideRequestedRevocation(facts, now) ??
    decideVerification(facts, now) ??
    decideRenewal(facts, now)
  );
}

/** If the token parameter no longer contains the published token, the refresher writes the token again. */
function decideRestoration(facts: Facts, now: number): Step | undefined {
  const isRestorable = facts.state.published?.health === 'live' || facts.done.verdict === 'unclear';
  const mustRestore = facts.parameter === 'changed' && isRestorable && hasLiveToken(facts, now);
  return mustRestore ? { action: 'restore', reason: 'ParameterChanged' } : undefined;
}

/** Returns a revocation that an operator requested and that the broker has not confirmed. */
function decideRequestedRevocation(facts: Facts, now: number): Step | undefined {
  const { state, parameter, done } = facts;
  // If the token cannot be read, an issue call must return the token first.
  const canRevoke = parameter !== 'lost' && done.revoked !== state.published?.fingerprint;
  return canRevoke && isRevokePending(state, now) ? { action: 'revoke', reason: 'Requested' } : undefined;
}

/** A revocation without a fingerprint must wait until an issue call returns the token. */
function isRevokePending(state: State, now: number): boolean {
  return state.published?.fingerprint === state.pending?.revoke?.fingerprint && isRevocable(state, now);
}

/**
 * Returns a verify call for a suspect token that may be live, and for the published token if the secret has a
 * new version. If the broker did not answer the verify call, returns a hold or a wait.
 */
function decideVerification(facts: Facts, now: number): Step | Wait | Hold | undefined {
  const { state, parameter, done } = facts;
  const change = credentialsChange(facts);
  if (!hasLiveToken(facts, now)) return undefined;
  const isSuspect = state.published?.health === 'suspect';
  if (done.verdict === undefined) {
    if (change === 'version') return { action: 'verify', reason: 'SecretVersion' };
    const mustVerify = isSuspect && (parameter === 'changed' || !isJustVerified(state, now));
    return mustVerify ? { action: 'verify', reason: 'Suspect' } : undefined;
  }
  if (!isSuspect || done.verdict !== 'unreachable') return undefined;
  const { due } = findDueReason(facts, now);
  const blockingDecision =
    due && (decideUnusableKeyHold(facts, due, now) ?? decideMinimumIntervalWait(facts, due, now));
  return blockingDecision ?? decideBrokerWait(facts, due, now);
}

function decideRenewal(facts: Facts, now: number): Decision {
  const { state, parameter } = facts;
  const { due, keep } = findDueReason(facts, now);
  // The refresher does not keep a token whose revocation is pending. If an operator requested a revocation
  // without a replacement, the refresher issues no token before the broker confirms the revocation.
  const mayIssue = due !== undefined && (parameter === 'lost' || state.pending?.revoke?.reissue !== false);
  if (!mayIssue && isRevokePending(state, now)) return { action: 'hold', reason: 'RevokePending' };
  if (due === undefined) return { action: 'keep', reason: keep, until: state.published?.renewAt };
  return (
    decideUnusableKeyHold(facts, due, now) ??
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
  const { published, attempt } = state;
  if (published?.revokedAt !== undefined || due === 'CredentialsChanged') return undefined;
  if (isExpired(state, now)) {
    const isReturnedAgain = done.returned === true && (attempt?.failures ?? 0) >= 2;
    return decideRevocation(facts, due, isReturnedAgain);
  }
  if (published?.health !== 'dead') return undefined;
  if (done.returned && done.verdict === undefined) return { action: 'verify', reason: due };
  const revocation = decideRevocation(facts, due, published.returnedDead === true);
  // After a rejected revocation, an issue call would return the same token, so the next tick repeats the
  // revocation first.
  const isRevocationRejected =
    done.revoked === published.fingerprint && attempt?.kind === 'revoke' && attempt.outcome !== 'revoked';
  if (revocation || !isRevocationRejected || published.revocations) return revocation;
  return createWait(facts, { reason: 'BackingOff', until: nextTickAfter(facts, now), due }, now);
}

/** Revokes a token that the broker returned, or whose earlier revocation was not confirmed. */
function decideRevocation(facts: Facts, due: DueReason, isTokenReturned: boolean): Step | undefined {
  const { published } = facts.state;
  const revocations = published?.revocations ?? 0;
  const canRevoke = facts.parameter !== 'lost' && facts.done.revoked !== published?.fingerprint;
  const mustRevoke = (isTokenReturned || revocations > 0) && revocations < MAX_REVOCATIONS;
  return canRevoke && mustRevoke ? { action: 'revoke', reason: due } : undefined;
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
  const until = budgetSpentUntil(facts, now, 2);
  if (until !== undefined) return createWait(facts, { reason: 'BudgetSpent', until, due }, now);
  if (deadline - now < MAX_REVOCATION_TIME + RESERVED_TIME_AFTER_SLEEP) return undefined;
  const wait = decideMinimumIntervalWait(facts, due, now);
  return wait === undefined ? { action: 'revoke', reason: due } : { ...wait, sleep: true };
}

function dependsOnSecret({ state }: Facts, decision: Decision): boolean {
  const { action, reason } = decision;
  if (action === 'restore' || reason === 'Paused' || reason === 'RevokePending') return false;
  if (action === 'issue' || action === 'verify' || action === 'revoke') return true;
  // The secret may contain a new app key, for which a hold or a wait does not apply.
  if (reason === 'CredentialsRejected' || ('due' in decision && decision.due === 'CredentialsChanged'))
    return true;
  return state.published !== undefined && state.pending?.credentialsChanged !== undefined;
}

/** Two ticks an hour check the secret, because the event of a secret change and one tick may be lost. */
function isSecretCheckDue({ config }: Facts, now: number): boolean {
  return now % HOUR < Math.min(2 * config.checkEverySeconds * 1000, HOUR);
}
