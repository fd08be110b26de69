import type { IssuedToken } from '../brokers/broker.ts';
import type { PendingRevoke, PublishedToken, State } from '../shared/state.ts';
import {
  attemptOf,
  type CallStart,
  createIssuedFor,
  elementOrLast,
  type FailedCall,
  failedAttempt,
  issueTimesOfKey,
  keyRejection,
  pendingOrUndefined,
  stateDuringCall,
  usableSecretOf,
} from './attempts.ts';
import type { Facts, SecretFacts } from './facts.ts';
import { isAppKeyRejected, isFromFuture, renewalRulesOf } from './health.ts';
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

/**
 * The state after the broker returned a token and the token parameter contains this token.
 * @param before the facts before the call
 */
export function stateAfterIssue(
  before: Facts,
  start: CallStart,
  receivedToken: ReceivedToken,
  end: number,
): State {
  const { state } = before;
  const isSameToken = state.published?.fingerprint === receivedToken.fingerprint;
  const { revoke } = state.pending ?? {};
  const stateOfCall = {
    ...stateDuringCall(before, 'issue', start),
    lastCallAt: end,
    interrupted: undefined,
    refused: undefined,
    pending: pendingOrUndefined({
      revoke: revoke && { ...revoke, fingerprint: revoke.fingerprint ?? receivedToken.fingerprint },
    }),
  };
  return isSameToken
    ? stateWithReturnedToken(before, stateOfCall, start, receivedToken, end)
    : stateWithNewToken(before, stateOfCall, start, receivedToken, end);
}

function stateWithNewToken(
  before: Facts,
  stateOfCall: State,
  start: CallStart,
  receivedToken: ReceivedToken,
  end: number,
): State {
  const { published, revokeUseless } = before.state;
  const { issuedToken, fingerprint, tokenVersion } = receivedToken;
  const lifetime = { issuedAt: Math.min(issuedToken.issuedAt ?? end, end), expiresAt: issuedToken.expiresAt };
  const issuedFor = createIssuedFor(before);
  const isSameKey = published?.issuedFor.appKey === issuedFor.appKey;
  // The new token may be dead if it replaces a dead token, or if the broker issued it before this call. After a
  // change of the app key, the broker may return an earlier token of the new key.
  const isTokenReused = issuedToken.issuedAt !== undefined && issuedToken.issuedAt < start.at - MINUTE;
  const isTokenTrusted =
    !isTokenReused && (published === undefined || (isSameKey && published.health === 'live'));
  return {
    ...stateOfCall,
    generation: before.state.generation + 1,
    published: {
      fingerprint,
      tokenType: issuedToken.tokenType,
      ...lifetime,
      renewAt: planRenewal(lifetime, renewalRulesOf(before)).renewAt,
      tokenVersion,
      health: isTokenTrusted ? 'live' : 'suspect',
      issuedFor,
    },
    revokeUseless: isSameKey ? revokeUseless : undefined,
    pending: pendingOrUndefined({ ...stateOfCall.pending, revoke: revocationOf(stateOfCall, fingerprint) }),
    attempt: { ...attemptOf(before.state, start, 'issue', 'published'), failures: 0 },
  };
}

/**
 * If an operator requested a revocation without a replacement, the revocation also applies to a new token.
 */
function revocationOf({ pending }: State, fingerprint: string): PendingRevoke | undefined {
  const { revoke } = pending ?? {};
  if (revoke?.reissue === false) return { ...revoke, fingerprint };
  return revoke?.fingerprint === fingerprint ? revoke : undefined;
}

function stateWithReturnedToken(
  before: Facts,
  stateOfCall: State,
  start: CallStart,
  receivedToken: ReceivedToken,
  end: number,
): State {
  const { state } = before;
  const published = state.published as PublishedToken;
  const { issuedToken, tokenVersion } = receivedToken;
  // KIS sometimes states an expiry in the past for a token that may be live.
  const isStatedExpiryPast = issuedToken.expiresAt <= end && end < published.expiresAt;
  const issuedAt = isFromFuture(published.issuedAt, end)
    ? Math.min(issuedToken.issuedAt ?? end, end)
    : published.issuedAt;
  const lifetime = { issuedAt, expiresAt: isStatedExpiryPast ? published.expiresAt : issuedToken.expiresAt };
  const { health, revokedAt } = published;
  const isTokenUseless = health === 'dead' || end >= lifetime.expiresAt;
  const attempt = attemptOf(state, start, 'issue', 'unchanged');
  const retryAt = isTokenUseless ? uselessTokenRetryAt(before, lifetime, attempt.failures, end) : undefined;
  return {
    ...stateOfCall,
    published: {
      ...published,
      ...lifetime,
      renewAt: planRenewal(lifetime, renewalRulesOf(before)).renewAt,
      tokenVersion,
      health: health === 'live' && isStatedExpiryPast ? 'suspect' : health,
      issuedFor: createIssuedFor(before),
      returnedAgain: countReturns(state, published, end),
    },
    // The return of an expired token does not show that revocations have no effect.
    revokeUseless: revokedAt !== undefined && end < lifetime.expiresAt ? true : state.revokeUseless,
    attempt: { ...attempt, failures: isTokenUseless ? attempt.failures : 0, retryAt },
  };
}

function countReturns(
  { lastCallAt }: State,
  { renewAt, returnedAgain }: PublishedToken,
  end: number,
): number | undefined {
  const isAlreadyCounted =
    returnedAgain !== undefined && lastCallAt !== undefined && end < lastCallAt + RETURN_COUNT_INTERVAL;
  return end < renewAt || isAlreadyCounted ? returnedAgain : (returnedAgain ?? 0) + 1;
}

/**
 * If the broker returns a dead or an expired token, the refresher waits this number of minutes before the
 * next issue call. Each further return of the token selects the next element.
 */
const DEAD_RETRY_MINUTES = [0, 15, 30, 60] as const;
const EXPIRED_RETRY_MINUTES = [0, 0, 5, 15, 60, 361] as const;

function uselessTokenRetryAt(before: Facts, lifetime: TokenLifetime, times: number, end: number) {
  const isTokenExpired = end >= lifetime.expiresAt;
  const steps = isTokenExpired ? EXPIRED_RETRY_MINUTES : DEAD_RETRY_MINUTES;
  const index = before.state.published?.revokedAt === undefined || isTokenExpired ? times - 1 : times;
  const minutes = elementOrLast(steps, index);
  if (minutes === 0) return undefined;
  const { reuseWindow } = before.contract;
  const possibleRetries = [
    reuseWindow && lifetime.issuedAt + reuseWindow + MINUTE,
    lifetime.expiresAt + SECOND,
  ];
  const futureRetries = possibleRetries.filter(
    (instant) => instant !== undefined && instant > end,
  ) as readonly number[];
  return Math.min(end + minutes * MINUTE, ...futureRetries);
}

/** The state after an issue call that failed, or whose token could not be published. */
export function stateAfterFailedIssue(
  before: Facts,
  start: CallStart,
  failure: FailedCall,
  end: number,
): State {
  const { state } = before;
  const secret = usableSecretOf(before);
  const stateOfCall = stateDuringCall(before, 'issue', start);
  const { kind, mayHaveActed } = failure;
  const isRejected = kind === 'rejected';
  // If the broker issued a token that could not be published, the app key is valid.
  const isKeyStillRejected = isAppKeyRejected(before) && kind !== 'unpublished';
  return {
    ...stateOfCall,
    // If the broker did not execute the call, the published token keeps its previous health.
    published: mayHaveActed ? stateOfCall.published : state.published,
    verifiedAt: mayHaveActed ? undefined : state.verifiedAt,
    interrupted: kind === 'unpublished' ? true : state.interrupted,
    lastCallAt: end,
    issues: mayHaveActed ? stateOfCall.issues : issueTimesOfKey(state, secret),
    refused: isRejected || isKeyStillRejected ? keyRejection(state, secret, failure, end) : undefined,
    pending: isRejected ? pendingOrUndefined({ ...state.pending, forced: undefined }) : state.pending,
    attempt: failedAttempt(state, start, 'issue', failure, end),
  };
}

/**
 * The state after the refresher could not read the secret, or found no usable app key in the secret. The
 * broker was not called.
 */
export function stateAfterUnusableSecret(
  state: State,
  secret: SecretFacts,
  start: CallStart,
  message: string,
): State {
  const { refused } = state;
  // If the state already records this result, the function returns the state unchanged.
  if (refused?.code === 'Unconfigured' && refused.secretVersion === secret.version && !state.pending?.forced)
    return state;
  const failure = { kind: 'unconfigured', message } as const;
  return {
    ...state,
    refused: keyRejection(state, secret, { ...failure, brokerCode: 'Unconfigured' }, start.at),
    pending: pendingOrUndefined({ ...state.pending, forced: undefined }),
    attempt: failedAttempt(state, start, 'issue', failure, start.at),
  };
}
