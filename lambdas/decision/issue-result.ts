import type { IssuedToken } from '../brokers/broker.ts';
import type { KeyRejection, PendingRevoke, PublishedToken, State } from '../shared/state.ts';
import {
  attemptOf,
  type CallStart,
  createIssuedFor,
  type FailedCall,
  type Failure,
  failedAttempt,
  isAnswerUnusable,
  pendingOrUndefined,
  stateDuringCall,
  usableSecretOf,
} from './attempts.ts';
import type { Facts, SecretFacts } from './facts.ts';
import { callsOfKey } from './gate.ts';
import { isAppKeyUnusable, isFromFuture, renewalRulesOf } from './health.ts';
import { planRenewal, type TokenLifetime } from './renewal.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Several issue calls that return the same token within this interval count as one. */
const RETURN_COUNT_INTERVAL = 30 * MINUTE;

export interface ReceivedToken {
  readonly issuedToken: IssuedToken;
  readonly fingerprint: string;
  /** The version of the token parameter that contains the token. */
  readonly tokenVersion: number | undefined;
}

/** The state after the broker returned a token and the token parameter contains this token. */
export function stateAfterIssue(before: Facts, start: CallStart, result: ReceivedToken, end: number): State {
  const { state } = before;
  const isSameToken = state.published?.fingerprint === result.fingerprint;
  const stateAfterToken = isSameToken ? stateAfterReturnedToken : stateAfterNewToken;
  return {
    ...stateDuringCall(before, 'issue', start),
    lastCallAt: end,
    interrupted: undefined,
    refused: undefined,
    pending: pendingOrUndefined({ revoke: revocationAfterIssue(state, result.fingerprint) }),
    ...stateAfterToken(before, start, result, end),
  };
}

/**
 * A pending revocation without a fingerprint applies to the received token. If an operator requested a
 * revocation without a replacement, the revocation also applies to a new token.
 */
function revocationAfterIssue({ pending }: State, fingerprint: string): PendingRevoke | undefined {
  const revoke = pending?.revoke;
  if (revoke === undefined) return undefined;
  const isDifferentToken = revoke.fingerprint !== undefined && revoke.fingerprint !== fingerprint;
  return isDifferentToken && revoke.reissue ? undefined : { ...revoke, fingerprint };
}

function stateAfterNewToken(before: Facts, start: CallStart, result: ReceivedToken, end: number) {
  const { published, generation, revokeUseless } = before.state;
  const { issuedToken, fingerprint, tokenVersion } = result;
  const lifetime = { issuedAt: Math.min(issuedToken.issuedAt ?? end, end), expiresAt: issuedToken.expiresAt };
  const issuedFor = createIssuedFor(before);
  const isSameKey = published?.issuedFor.appKey === issuedFor.appKey;
  // The new token may be dead if it replaces a dead token, or if the broker issued it before this call. After
  // a change of the app key, the broker may return an earlier token of the new key.
  const isTokenReused = issuedToken.issuedAt !== undefined && issuedToken.issuedAt < start.at - MINUTE;
  const isTokenTrusted =
    !isTokenReused && (published === undefined || (isSameKey && published.health === 'live'));
  const token: PublishedToken = {
    fingerprint,
    tokenType: issuedToken.tokenType,
    ...lifetime,
    renewAt: planRenewal(lifetime, renewalRulesOf(before)).renewAt,
    tokenVersion,
    health: isTokenTrusted ? 'live' : 'suspect',
    issuedFor,
  };
  return {
    generation: generation + 1,
    published: token,
    revokeUseless: isSameKey ? revokeUseless : undefined,
    attempt: { ...attemptOf(before.state, start, 'issue', 'published'), failures: 0 },
  };
}

function stateAfterReturnedToken(before: Facts, start: CallStart, result: ReceivedToken, end: number) {
  const { state } = before;
  const { issuedToken, tokenVersion } = result;
  const published = state.published as PublishedToken;
  // KIS sometimes states an expiry in the past for a token that may be live.
  const isStatedExpiryPast = issuedToken.expiresAt <= end && end < published.expiresAt;
  const issuedAt = isFromFuture(published.issuedAt, end)
    ? Math.min(issuedToken.issuedAt ?? end, end)
    : published.issuedAt;
  const lifetime = { issuedAt, expiresAt: isStatedExpiryPast ? published.expiresAt : issuedToken.expiresAt };
  const isExpired = end >= lifetime.expiresAt;
  const isTokenUseless = published.health === 'dead' || isExpired;
  const attempt = attemptOf(state, start, 'issue', 'unchanged');
  const token: PublishedToken = {
    ...published,
    ...lifetime,
    renewAt: planRenewal(lifetime, renewalRulesOf(before)).renewAt,
    tokenVersion,
    health: published.health === 'live' && isStatedExpiryPast ? 'suspect' : published.health,
    issuedFor: createIssuedFor(before),
    returnedAgain: countReturns(state, published, end),
  };
  return {
    published: token,
    // The return of an expired token does not show that revocations have no effect.
    revokeUseless: published.revokedAt !== undefined && !isExpired ? (true as const) : state.revokeUseless,
    attempt: isTokenUseless
      ? { ...attempt, retryAt: uselessTokenRetryAt(before, lifetime, attempt.failures, end) }
      : { ...attempt, failures: 0 },
  };
}

function countReturns({ lastCallAt }: State, { renewAt, returnedAgain }: PublishedToken, end: number) {
  const isAlreadyCounted =
    returnedAgain !== undefined && lastCallAt !== undefined && end < lastCallAt + RETURN_COUNT_INTERVAL;
  return end < renewAt || isAlreadyCounted ? returnedAgain : (returnedAgain ?? 0) + 1;
}

/** The minutes until the next issue call after the first, second, … return of a dead or expired token. */
const DEAD_RETRY_MINUTES = [0, 15, 30, 60] as const;
const EXPIRED_RETRY_MINUTES = [0, 0, 5, 15, 60, 361] as const;

function uselessTokenRetryAt(before: Facts, lifetime: TokenLifetime, times: number, end: number) {
  const { issuedAt, expiresAt } = lifetime;
  const isExpired = end >= expiresAt;
  const index = before.state.published?.revokedAt === undefined || isExpired ? times - 1 : times;
  const minutes = elementOrLast(isExpired ? EXPIRED_RETRY_MINUTES : DEAD_RETRY_MINUTES, index);
  if (minutes === 0) return undefined;
  const windowEnd = issuedAt + (before.contract.reuseWindow ?? Number.POSITIVE_INFINITY);
  const retryTimes = [end + minutes * MINUTE, windowEnd + MINUTE, expiresAt + SECOND];
  return Math.min(...retryTimes.filter((instant) => instant > end));
}

function elementOrLast(steps: readonly [number, ...number[]], index: number): number {
  return steps[Math.min(index, steps.length - 1)] as number;
}

/** The state after an issue call that failed, or whose token could not be published. */
export function stateAfterFailedIssue(
  before: Facts,
  start: CallStart,
  failure: FailedCall,
  end: number,
): State {
  const { state } = before;
  const stateOfCall = stateDuringCall(before, 'issue', start);
  const { version: secretVersion } = usableSecretOf(before);
  const { kind, mayHaveActed } = failure;
  const isRejected = kind === 'rejected';
  // If the broker issued a token that could not be published, the app key is valid.
  const isKeyStillUnusable = isAppKeyUnusable(before) && kind !== 'unpublished';
  const retryMinutes = isAnswerUnusable(state.attempt?.outcome) ? 15 : 5;
  return {
    ...stateOfCall,
    // If the broker did not execute the call, the published token keeps its previous health.
    published: mayHaveActed ? stateOfCall.published : state.published,
    verifiedAt: mayHaveActed ? undefined : state.verifiedAt,
    issues: mayHaveActed ? stateOfCall.issues : callsOfKey(before, start.at).issues,
    interrupted: kind === 'unpublished' ? true : state.interrupted,
    lastCallAt: end,
    refused: isRejected || isKeyStillUnusable ? keyRejection(state, secretVersion, failure, end) : undefined,
    pending: isRejected ? pendingOrUndefined({ ...state.pending, forced: undefined }) : state.pending,
    attempt: {
      ...failedAttempt(state, start, 'issue', failure),
      retryAt: isAnswerUnusable(kind) ? end + retryMinutes * MINUTE : undefined,
    },
  };
}

/** The state after the refresher found no usable app key, so the broker was not called. */
export function stateAfterUnusableSecret(
  state: State,
  { version }: SecretFacts,
  start: CallStart,
  message: string,
): State {
  const { refused, pending } = state;
  const isAlreadyRecorded = refused?.code === 'Unconfigured' && refused.secretVersion === version;
  if (isAlreadyRecorded && !pending?.forced) return state;
  const failure = { kind: 'unconfigured', message } as const;
  return {
    ...state,
    refused: keyRejection(state, version, { ...failure, brokerCode: 'Unconfigured' }, start.at),
    pending: pendingOrUndefined({ ...pending, forced: undefined }),
    attempt: failedAttempt(state, start, 'issue', failure),
  };
}

/** The times between two attempts with a rejected app key, in minutes. */
const KEY_RETRY_MINUTES = [5, 15, 60] as const;

function keyRejection(state: State, secretVersion: string, failure: Failure, now: number): KeyRejection {
  const previousRejection = state.refused?.secretVersion === secretVersion ? state.refused : undefined;
  const { since = now, times = 0 } = previousRejection ?? {};
  const code = failure.brokerCode ?? failure.kind;
  // An outage does not show that the key is valid, so the error code of the previous rejection is kept.
  const isKeyUnusable = failure.kind === 'rejected' || failure.kind === 'unconfigured';
  return {
    secretVersion,
    code: isKeyUnusable || previousRejection === undefined ? code : previousRejection.code,
    since,
    retryAt: now + elementOrLast(KEY_RETRY_MINUTES, times) * MINUTE,
    times: times + 1,
  };
}
