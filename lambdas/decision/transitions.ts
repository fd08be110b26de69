import type { PublishedToken, State } from '../shared/state.ts';
import type { CallStart, FailedCall, Failure } from './attempts.ts';
import {
  attemptOf,
  createIssuedFor,
  failedAttempt,
  pendingOrUndefined,
  stateDuringCall,
} from './attempts.ts';
import type { Facts, SecretFacts, Verdict } from './facts.ts';
import { isExpired } from './health.ts';

/** The state after the broker confirmed a revocation. */
export function stateAfterRevocation(before: Facts, start: CallStart, end: number): State {
  const { state } = before;
  const { published, pending, attempt } = state;
  const stateOfCall = stateDuringCall(before, 'revoke', start);
  const revoke = pending?.revoke?.fingerprint === published?.fingerprint ? pending?.revoke : undefined;
  // If the broker repeatedly returns an expired token, the count of failures continues after the revocation.
  const failures = isExpired(state, end) ? (attempt?.failures ?? 0) : 0;
  return {
    ...stateOfCall,
    published: stateOfCall.published && { ...stateOfCall.published, health: 'dead', revokedAt: end },
    paused: revoke?.reissue === false ? true : state.paused,
    pending: revoke === undefined ? pending : pendingOrUndefined({ ...pending, revoke: undefined }),
    attempt: { ...attemptOf(state, start, 'revoke', 'revoked'), failures, retryAt: undefined },
  };
}

/** The state after the broker rejected a revocation, or the answer of the broker was lost. */
export function stateAfterFailedRevocation(before: Facts, start: CallStart, failure: FailedCall): State {
  const { state } = before;
  const stateOfCall = stateDuringCall(before, 'revoke', start);
  const attempt = failedAttempt(state, start, 'revoke', failure);
  if (failure.mayHaveActed) return { ...stateOfCall, attempt };
  const { published, verifiedAt } = state;
  // A temporary failure to revoke a dead token does not count towards the maximum number of revocations.
  const isTemporaryFailure = published?.health === 'dead' && failure.kind !== 'rejected';
  const revocations = (isTemporaryFailure ? published : stateOfCall.published)?.revocations;
  return { ...stateOfCall, published: published && { ...published, revocations }, verifiedAt, attempt };
}

/** The state after a revocation that was not sent, because the token or its key cannot be read. */
export function stateAfterUnsentRevocation({ state }: Facts, start: CallStart, failure: Failure): State {
  return { ...state, attempt: failedAttempt(state, start, 'revoke', failure) };
}

export function stateAfterVerify(facts: Facts, verdict: Verdict, now: number): State {
  const { state, parameter, done } = facts;
  const { published } = state;
  if (published === undefined) return state;
  // The published token was read from the parameter, so the parameter contains no other token.
  const stateAfterRead =
    parameter === 'ours'
      ? { ...state, interrupted: undefined, pending: withRevocationFingerprint(state) }
      : state;
  if (verdict === 'unreachable') return stateAfterRead;
  const stateAfterAnswer = { ...stateAfterRead, verifiedAt: now };
  if (verdict === 'alive') return stateWithAliveToken(facts, stateAfterAnswer, published);
  const { health } = published;
  if (verdict === 'dead') {
    const returnedDead = done.returned && health === 'dead' ? true : published.returnedDead;
    return { ...stateAfterAnswer, published: { ...published, health: 'dead', returnedDead } };
  }
  // If the verdict is unclear, a token that this invocation issued counts as live.
  const isNewToken = done.published && health === 'suspect';
  return { ...stateAfterAnswer, published: { ...published, health: isNewToken ? 'live' : health } };
}

function stateWithAliveToken(facts: Facts, state: State, published: PublishedToken): State {
  const { config, secret } = facts;
  const { broker, market, appKey, keyPair } = published.issuedFor;
  const isSameIssuer = broker === config.broker && market === config.market;
  const isSameKeyPair = secret?.appKey === appKey && secret.keyPair === keyPair;
  const issuedFor = isSameIssuer && isSameKeyPair ? createIssuedFor(facts) : published.issuedFor;
  const isLive = published.revokedAt === undefined;
  const isCurrentVersion = secret?.version === issuedFor.secretVersion;
  const { attempt, pending } = state;
  return {
    ...state,
    published: { ...published, health: isLive ? 'live' : published.health, issuedFor },
    pending: isCurrentVersion ? pendingOrUndefined({ ...pending, credentialsChanged: undefined }) : pending,
    attempt: isLive && attempt?.outcome === 'unchanged' ? { ...attempt, retryAt: undefined } : attempt,
  };
}

/** The state after the published token was written to its parameter again. */
export function stateAfterRestore({ state, tokenKeyArn }: Facts, tokenVersion: number | undefined): State {
  const { published } = state;
  if (published === undefined) return state;
  const issuedFor = { ...published.issuedFor, tokenKeyArn };
  const pending = withRevocationFingerprint(state);
  return { ...state, published: { ...published, tokenVersion, issuedFor }, pending };
}

/** A revocation without a fingerprint applies to the token that the parameter contains. */
function withRevocationFingerprint({ published, pending }: State): State['pending'] {
  const revoke = pending?.revoke;
  if (published === undefined || revoke === undefined) return pending;
  return { ...pending, revoke: { ...revoke, fingerprint: revoke.fingerprint ?? published.fingerprint } };
}

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
