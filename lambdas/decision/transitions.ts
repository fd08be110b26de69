import type { PublishedToken, State } from '../shared/state.ts';
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

/** The state after the broker confirmed a revocation. */
export function revocationConfirmed(before: Facts, stamp: Stamp, end: number): State {
  const { state } = before;
  const called = stamped(before, 'revoke', stamp);
  const { pending } = state;
  const requested =
    pending?.revoke?.fingerprint === state.published?.fingerprint ? pending?.revoke : undefined;
  // The number of returns of an expired token continues to count after its revocation.
  const failures = isExpired(state, end) ? (state.attempt?.failures ?? 0) : 0;
  return {
    ...called,
    published: called.published && { ...called.published, health: 'dead', revokedAt: end },
    paused: requested?.reissue === false ? true : state.paused,
    pending: requested === undefined ? pending : remaining({ ...pending, revoke: undefined }),
    attempt: { ...attemptOf(state, stamp, 'revoke', 'revoked'), failures, retryAt: undefined },
  };
}

/** The state after the broker refused a revocation, or its answer was lost. */
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
  // Only a live token has a limit of attempts; a dead one is revoked until the broker answers.
  const passing = published?.health === 'dead' && failure.kind !== 'rejected';
  const revocations = passing ? published.revocations : called.published?.revocations;
  return {
    ...called,
    published: published && { ...published, revocations },
    verifiedAt: state.verifiedAt,
    attempt,
  };
}

/** The state after a revocation that was not sent: the token or its key cannot be read. */
export function revocationNotSent({ state }: Facts, stamp: Stamp, failure: Failure, now: number): State {
  const message = `revoke: ${failure.message}`;
  return { ...state, attempt: failedAttempt(state, stamp, 'revoke', { ...failure, message }, now) };
}

/** The state after a verify call with the published token. */
export function verified(facts: Facts, verdict: Verdict, now: number): State {
  const { state, parameter } = facts;
  const { published } = state;
  if (published === undefined || verdict === 'unreachable') return state;
  // The token was read from its parameter, so the parameter holds no other one.
  const known =
    parameter === 'ours'
      ? { ...state, interrupted: undefined, pending: withRevocationNamed(state) }
      : { ...state };
  const answered = { ...known, verifiedAt: now };
  if (verdict === 'alive') return foundAlive(facts, answered, published);
  return {
    ...answered,
    published: verdict === 'dead' ? foundDead(facts, published) : withoutVerdict(facts, published),
  };
}

function foundAlive({ secret, ...facts }: Facts, state: State, published: PublishedToken): State {
  const { issuedFor } = published;
  const isSame = secret?.appKey === issuedFor.appKey && secret.keyPair === issuedFor.keyPair;
  const proven = isSame ? issuedForOf({ ...facts, secret }) : issuedFor;
  const revived = published.revokedAt === undefined;
  const isCurrent = secret?.version === proven.secretVersion;
  const { attempt, pending } = state;
  return {
    ...state,
    published: { ...published, health: revived ? 'live' : published.health, issuedFor: proven },
    pending: isCurrent ? remaining({ ...pending, credentialsChanged: undefined }) : pending,
    attempt: revived && attempt?.outcome === 'unchanged' ? { ...attempt, retryAt: undefined } : attempt,
  };
}

function foundDead({ done }: Facts, published: PublishedToken): PublishedToken {
  const returnedDead = done.returned && published.health === 'dead' ? true : published.returnedDead;
  return { ...published, health: 'dead', returnedDead };
}

/** A token of this invocation is live without a verdict: its issue is the proof. */
function withoutVerdict({ done }: Facts, published: PublishedToken): PublishedToken {
  const isNew = done.published && published.health === 'suspect';
  return isNew ? { ...published, health: 'live' } : published;
}

/** The state after the published token was written to its parameter again. */
export function restored({ state, tokenKeyArn }: Facts, tokenVersion: number | undefined): State {
  const { published } = state;
  if (published === undefined) return state;
  return {
    ...state,
    published: { ...published, tokenVersion, issuedFor: { ...published.issuedFor, tokenKeyArn } },
    pending: withRevocationNamed(state),
  };
}

/** The parameter holds the published token, so a revocation without a fingerprint means this token. */
function withRevocationNamed({ published, pending }: State): State['pending'] {
  const revoke = pending?.revoke;
  if (published === undefined || revoke === undefined) return pending;
  return { ...pending, revoke: { ...revoke, fingerprint: revoke.fingerprint ?? published.fingerprint } };
}

/**
 * The state after the secret was read. A credentials change is pending if another version issued the token.
 */
export function secretRead({ state }: Facts, secret: SecretFacts, now: number): State {
  const { published, pending } = state;
  if (published === undefined || secret.appKey === undefined) return state;
  if (secret.version !== published.issuedFor.secretVersion) return secretChanged(state, now);
  if (pending?.credentialsChanged === undefined) return state;
  return { ...state, pending: remaining({ ...pending, credentialsChanged: undefined }) };
}

/** The state when the current version of the secret is not the one that issued the token. */
export function secretChanged(state: State, now: number): State {
  if (state.published === undefined || state.pending?.credentialsChanged) return state;
  return { ...state, pending: { ...state.pending, credentialsChanged: { since: now } } };
}
