import type { State } from '../shared/state.ts';
import {
  attemptOf,
  type FailedCall,
  type Failure,
  failedAttempt,
  issuedForOf,
  remaining,
  type Stamp,
  stamped,
} from './attempts.ts';
import type { Facts, SecretFacts, Verdict } from './facts.ts';
import { isExpired } from './health.ts';

/** The broker confirmed that the token does not work any more. */
export function revocationConfirmed(before: Facts, stamp: Stamp, end: number): State {
  const { state } = before;
  const called = stamped(before, 'revoke', stamp);
  const { pending } = state;
  const requested =
    pending?.revoke?.fingerprint === state.published?.fingerprint ? pending?.revoke : undefined;
  // The number of returns of an expired token goes on counting after its revocation.
  const failures = isExpired(state, end) ? (state.attempt?.failures ?? 0) : 0;
  return {
    ...called,
    published: called.published && { ...called.published, health: 'dead', revokedAt: end },
    paused: requested?.reissue === false ? true : state.paused,
    pending: requested === undefined ? pending : remaining({ ...pending, revoke: undefined }),
    attempt: { ...attemptOf(state, stamp, 'revoke', 'revoked'), failures, retryAt: undefined },
  };
}

/** The broker refused the revocation, or its answer was lost. */
export function revocationFailed(before: Facts, stamp: Stamp, failure: FailedCall, end: number): State {
  const { state } = before;
  const called = stamped(before, 'revoke', stamp);
  const attempt = failedAttempt(
    state,
    stamp,
    'revoke',
    { ...failure, message: `revoke: ${failure.message}` },
    end,
  );
  if (failure.mayHaveActed) return { ...called, attempt };
  const { published } = state;
  // A dead token is revoked until the broker answers for it; a live one is tried three times in all.
  const passing = published?.health === 'dead' && failure.kind !== 'rejected';
  const revocations = passing ? published.revocations : called.published?.revocations;
  return {
    ...called,
    published: published && { ...published, revocations },
    verifiedAt: state.verifiedAt,
    attempt,
  };
}

/** The revocation was not sent: the token, or the key that issued it, cannot be read. */
export function revocationNotSent({ state }: Facts, stamp: Stamp, failure: Failure, now: number): State {
  const message = `revoke: ${failure.message}`;
  return { ...state, attempt: failedAttempt(state, stamp, 'revoke', { ...failure, message }, now) };
}

/** A verify call was made with the published token. */
export function verified(facts: Facts, verdict: Verdict, now: number): State {
  const { secret, done, parameter } = facts;
  const { published, attempt, interrupted } = facts.state;
  if (published === undefined || verdict === 'unreachable') return facts.state;
  // The token was read from its parameter, so the parameter holds no other one.
  const isOurs = parameter === 'ours';
  const state = {
    ...facts.state,
    verifiedAt: now,
    interrupted: isOurs ? undefined : interrupted,
    pending: isOurs ? withRevocationNamed(facts.state) : facts.state.pending,
  };
  if (verdict === 'dead') {
    const returnedDead = done.returned && published.health === 'dead' ? true : published.returnedDead;
    return { ...state, published: { ...published, health: 'dead', returnedDead } };
  }
  if (verdict === 'unclear') {
    // A token that was issued a moment ago has its issue for a proof.
    const health = done.published && published.health === 'suspect' ? 'live' : published.health;
    return { ...state, published: { ...published, health } };
  }
  const { issuedFor } = published;
  const isSame = secret?.appKey === issuedFor.appKey && secret.keyPair === issuedFor.keyPair;
  const proven = isSame ? issuedForOf(facts) : issuedFor;
  const revived = published.revokedAt === undefined;
  const isCurrent = secret?.version === proven.secretVersion;
  return {
    ...state,
    published: { ...published, health: revived ? 'live' : published.health, issuedFor: proven },
    pending: isCurrent ? remaining({ ...state.pending, credentialsChanged: undefined }) : state.pending,
    attempt: revived && attempt?.outcome === 'unchanged' ? { ...attempt, retryAt: undefined } : attempt,
  };
}

/** The token parameter holds the published token again. */
export function restored({ state, tokenKeyArn }: Facts, tokenVersion: number | undefined): State {
  const { published } = state;
  if (published === undefined) return state;
  return {
    ...state,
    published: { ...published, tokenVersion, issuedFor: { ...published.issuedFor, tokenKeyArn } },
    pending: withRevocationNamed(state),
  };
}

/** The parameter holds the published token: a revocation of a token that was unknown is one of this token. */
function withRevocationNamed({ published, pending }: State): State['pending'] {
  const revoke = pending?.revoke;
  if (published === undefined || revoke === undefined) return pending;
  return { ...pending, revoke: { ...revoke, fingerprint: revoke.fingerprint ?? published.fingerprint } };
}

/** The secret was read: what is pending depends on whether it is the one that issued the token. */
export function secretRead({ state }: Facts, secret: SecretFacts, now: number): State {
  const { published, pending } = state;
  if (published === undefined || secret.appKey === undefined) return state;
  if (secret.version !== published.issuedFor.secretVersion) return secretChanged(state, now);
  if (pending?.credentialsChanged === undefined) return state;
  return { ...state, pending: remaining({ ...pending, credentialsChanged: undefined }) };
}

/** Another version of the secret is current than the one that issued the token. */
export function secretChanged(state: State, now: number): State {
  if (state.published === undefined || state.pending?.credentialsChanged) return state;
  return { ...state, pending: { ...state.pending, credentialsChanged: { since: now } } };
}
