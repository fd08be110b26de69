import type { PublishedToken, State } from '../shared/state.ts';
import {
  attemptOf,
  type CallStart,
  createIssuedFor,
  type FailedCall,
  type Failure,
  failedAttempt,
  pendingOrUndefined,
  stateDuringCall,
} from './attempts.ts';
import type { Facts, SecretFacts, Verdict } from './facts.ts';
import { isExpired } from './health.ts';

/** The state after the broker confirmed a revocation. */
export function stateAfterRevocation(before: Facts, start: CallStart, end: number): State {
  const { state } = before;
  const stateOfCall = stateDuringCall(before, 'revoke', start);
  const { pending } = state;
  const requestedRevoke =
    pending?.revoke?.fingerprint === state.published?.fingerprint ? pending?.revoke : undefined;
  // If the broker repeatedly returns an expired token, the count of failures continues after the revocation.
  const failures = isExpired(state, end) ? (state.attempt?.failures ?? 0) : 0;
  return {
    ...stateOfCall,
    published: stateOfCall.published && { ...stateOfCall.published, health: 'dead', revokedAt: end },
    paused: requestedRevoke?.reissue === false ? true : state.paused,
    pending: requestedRevoke === undefined ? pending : pendingOrUndefined({ ...pending, revoke: undefined }),
    attempt: { ...attemptOf(state, start, 'revoke', 'revoked'), failures, retryAt: undefined },
  };
}

/** The state after the broker rejected a revocation, or the answer of the broker was lost. */
export function stateAfterFailedRevocation(
  before: Facts,
  start: CallStart,
  failure: FailedCall,
  end: number,
): State {
  const { state } = before;
  const stateOfCall = stateDuringCall(before, 'revoke', start);
  const attempt = failedAttempt(state, start, 'revoke', failure, end);
  if (failure.mayHaveActed) return { ...stateOfCall, attempt };
  const { published } = state;
  // A temporary failure to revoke a dead token does not count towards the maximum number of revocations.
  const isTemporaryFailure = published?.health === 'dead' && failure.kind !== 'rejected';
  const revocations = isTemporaryFailure ? published.revocations : stateOfCall.published?.revocations;
  return {
    ...stateOfCall,
    published: published && { ...published, revocations },
    verifiedAt: state.verifiedAt,
    attempt,
  };
}

/** The state after a revocation that was not sent, because the token or its key cannot be read. */
export function stateAfterUnsentRevocation(
  { state }: Facts,
  start: CallStart,
  failure: Failure,
  now: number,
): State {
  return { ...state, attempt: failedAttempt(state, start, 'revoke', failure, now) };
}

/** The state after a verify call with the published token. */
export function stateAfterVerify(facts: Facts, verdict: Verdict, now: number): State {
  const { state, parameter } = facts;
  const { published } = state;
  if (published === undefined) return state;
  // The published token was read from the parameter, so the parameter contains no other token.
  const stateWithReadToken =
    parameter === 'ours'
      ? { ...state, interrupted: undefined, pending: withRevocationFingerprint(state) }
      : state;
  if (verdict === 'unreachable') return stateWithReadToken;
  const stateAfterAnswer = { ...stateWithReadToken, verifiedAt: now };
  if (verdict === 'alive') return stateWithAliveToken(facts, stateAfterAnswer, published);
  return {
    ...stateAfterAnswer,
    published: verdict === 'dead' ? asDeadToken(facts, published) : asUnverifiedToken(facts, published),
  };
}

function stateWithAliveToken({ secret, ...facts }: Facts, state: State, published: PublishedToken): State {
  const { issuedFor } = published;
  const { broker, market } = facts.config;
  const isSameIssuer = issuedFor.broker === broker && issuedFor.market === market;
  const isSameKeyPair = secret?.appKey === issuedFor.appKey && secret.keyPair === issuedFor.keyPair;
  const issuedForNow = isSameIssuer && isSameKeyPair ? createIssuedFor({ ...facts, secret }) : issuedFor;
  const isLive = published.revokedAt === undefined;
  const isCurrentVersion = secret?.version === issuedForNow.secretVersion;
  const { attempt, pending } = state;
  return {
    ...state,
    published: { ...published, health: isLive ? 'live' : published.health, issuedFor: issuedForNow },
    pending: isCurrentVersion ? pendingOrUndefined({ ...pending, credentialsChanged: undefined }) : pending,
    attempt: isLive && attempt?.outcome === 'unchanged' ? { ...attempt, retryAt: undefined } : attempt,
  };
}

function asDeadToken({ done }: Facts, published: PublishedToken): PublishedToken {
  const returnedDead = done.returned && published.health === 'dead' ? true : published.returnedDead;
  return { ...published, health: 'dead', returnedDead };
}

/** If the verdict is unclear, a token that this invocation issued counts as live. */
function asUnverifiedToken({ done }: Facts, published: PublishedToken): PublishedToken {
  const isNewToken = done.published && published.health === 'suspect';
  return isNewToken ? { ...published, health: 'live' } : published;
}

/** The state after the published token was written to its parameter again. */
export function stateAfterRestore({ state, tokenKeyArn }: Facts, tokenVersion: number | undefined): State {
  const { published } = state;
  if (published === undefined) return state;
  return {
    ...state,
    published: { ...published, tokenVersion, issuedFor: { ...published.issuedFor, tokenKeyArn } },
    pending: withRevocationFingerprint(state),
  };
}

/**
 * The parameter contains the published token, so a pending revocation without a fingerprint applies to the
 * published token.
 */
function withRevocationFingerprint({ published, pending }: State): State['pending'] {
  const revoke = pending?.revoke;
  if (published === undefined || revoke === undefined) return pending;
  return { ...pending, revoke: { ...revoke, fingerprint: revoke.fingerprint ?? published.fingerprint } };
}

/**
 * The state after the secret was read. The request `credentialsChanged` becomes pending if the token was
 * issued with a different version of the secret.
 */
export function stateAfterSecretRead({ state }: Facts, secret: SecretFacts, now: number): State {
  const { published, pending } = state;
  if (published === undefined || secret.appKey === undefined) return state;
  if (secret.version !== published.issuedFor.secretVersion) return stateAfterSecretChange(state, now);
  if (pending?.credentialsChanged === undefined) return state;
  return { ...state, pending: pendingOrUndefined({ ...pending, credentialsChanged: undefined }) };
}

/** The state after the refresher found that the token was issued with a different version of the secret. */
export function stateAfterSecretChange(state: State, now: number): State {
  if (state.published === undefined || state.pending?.credentialsChanged) return state;
  return { ...state, pending: { ...state.pending, credentialsChanged: { since: now } } };
}
