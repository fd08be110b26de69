import type { IssuedToken } from '../brokers/broker.ts';
import type { PendingRevoke, PublishedToken, State } from '../shared/state.ts';
import {
  attemptOf,
  type FailedCall,
  failedAttempt,
  issuedForOf,
  issuesOfKey,
  refusal,
  remaining,
  type Stamp,
  stamped,
  stepAt,
  usableSecretOf,
} from './attempts.ts';
import type { Facts, SecretFacts } from './facts.ts';
import { isAppKeyRejected, isFromFuture, rulesOf } from './health.ts';
import { planRenewal } from './renewal.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** If the broker returns the same token several times within this interval, the returns count as one. */
const RETURN_COUNT_INTERVAL = 30 * MINUTE;

export interface ReceivedToken {
  readonly issued: IssuedToken;
  readonly fingerprint: string;
  /** Version of the token parameter that holds it. */
  readonly tokenVersion: number | undefined;
}

/**
 * The state after the broker returned a token and the parameter holds it.
 * @param before facts before the call was stamped
 */
export function tokenReceived(before: Facts, stamp: Stamp, received: ReceivedToken, end: number): State {
  const { state } = before;
  const same = state.published?.fingerprint === received.fingerprint;
  const { revoke } = state.pending ?? {};
  const called = {
    ...stamped(before, 'issue', stamp),
    lastCallAt: end,
    interrupted: undefined,
    refused: undefined,
    pending: remaining({
      revoke: revoke && { ...revoke, fingerprint: revoke.fingerprint ?? received.fingerprint },
    }),
  };
  return same
    ? tokenReturned(before, called, stamp, received, end)
    : tokenReplaced(before, called, stamp, received, end);
}

function tokenReplaced(
  before: Facts,
  called: State,
  stamp: Stamp,
  received: ReceivedToken,
  end: number,
): State {
  const { published, revokeUseless } = before.state;
  const { issued, fingerprint, tokenVersion } = received;
  const life = { issuedAt: Math.min(issued.issuedAt ?? end, end), expiresAt: issued.expiresAt };
  const issuedFor = issuedForOf(before);
  const sameKey = published?.issuedFor.appKey === issuedFor.appKey;
  // A replacement of a dead token, and a token that was issued earlier, may be dead as well.
  const isReused = issued.issuedAt !== undefined && issued.issuedAt < stamp.at - MINUTE;
  const isKnown = !isReused && (published === undefined || published.health === 'live');
  return {
    ...called,
    generation: before.state.generation + 1,
    published: {
      fingerprint,
      tokenType: issued.tokenType,
      ...life,
      renewAt: planRenewal(life, rulesOf(before)).renewAt,
      tokenVersion,
      health: isKnown ? 'live' : 'suspect',
      issuedFor,
    },
    revokeUseless: sameKey ? revokeUseless : undefined,
    pending: remaining({ ...called.pending, revoke: revocationOf(called, fingerprint) }),
    attempt: { ...attemptOf(before.state, stamp, 'issue', 'published'), failures: 0 },
  };
}

/** A token to be revoked without replacement was replaced: the replacement must be revoked. */
function revocationOf({ pending }: State, fingerprint: string): PendingRevoke | undefined {
  const { revoke } = pending ?? {};
  if (revoke?.reissue === false) return { ...revoke, fingerprint };
  return revoke?.fingerprint === fingerprint ? revoke : undefined;
}

function tokenReturned(
  before: Facts,
  called: State,
  stamp: Stamp,
  received: ReceivedToken,
  end: number,
): State {
  const { state } = before;
  const published = state.published as PublishedToken;
  const { issued, tokenVersion } = received;
  // KIS sometimes returns a token with an expiry in the past. The token may be live.
  const saidExpired = issued.expiresAt <= end && end < published.expiresAt;
  const issuedAt = isFromFuture(published.issuedAt, end)
    ? Math.min(issued.issuedAt ?? end, end)
    : published.issuedAt;
  const life = { issuedAt, expiresAt: saidExpired ? published.expiresAt : issued.expiresAt };
  const { health, revokedAt } = published;
  const useless = health === 'dead' || end >= life.expiresAt;
  const attempt = attemptOf(state, stamp, 'issue', 'unchanged');
  const retryAt = useless ? returnedRetryAt(before, life, attempt.failures, end) : undefined;
  return {
    ...called,
    published: {
      ...published,
      ...life,
      renewAt: planRenewal(life, rulesOf(before)).renewAt,
      tokenVersion,
      health: health === 'live' && saidExpired ? 'suspect' : health,
      issuedFor: issuedForOf(before),
      returnedAgain: timesReturned(state, published, end),
    },
    // An expired token that is returned proves nothing about revocations.
    revokeUseless: revokedAt !== undefined && end < life.expiresAt ? true : state.revokeUseless,
    attempt: { ...attempt, failures: useless ? attempt.failures : 0, retryAt },
  };
}

function timesReturned(
  { lastCallAt }: State,
  { renewAt, returnedAgain }: PublishedToken,
  end: number,
): number | undefined {
  const counted =
    returnedAgain !== undefined && lastCallAt !== undefined && end < lastCallAt + RETURN_COUNT_INTERVAL;
  return end < renewAt || counted ? returnedAgain : (returnedAgain ?? 0) + 1;
}

/** Minutes until the next issue call, by the number of consecutive returns of a dead or expired token. */
const DEAD_RETRY_MINUTES = [0, 15, 30, 60] as const;
const EXPIRED_RETRY_MINUTES = [0, 0, 5, 15, 60, 361] as const;

function returnedRetryAt(
  before: Facts,
  life: Pick<PublishedToken, 'issuedAt' | 'expiresAt'>,
  times: number,
  end: number,
) {
  const expired = end >= life.expiresAt;
  const steps = expired ? EXPIRED_RETRY_MINUTES : DEAD_RETRY_MINUTES;
  const index = before.state.published?.revokedAt === undefined || expired ? times - 1 : times;
  const minutes = stepAt(steps, index);
  if (minutes === 0) return undefined;
  const { reuseWindow } = before.contract;
  const turns = [reuseWindow && life.issuedAt + reuseWindow + MINUTE, life.expiresAt + SECOND];
  const next = turns.filter((turn) => turn !== undefined && turn > end) as readonly number[];
  return Math.min(end + minutes * MINUTE, ...next);
}

/** The state after an issue call that returned no token, or one that could not be published. */
export function issueFailed(before: Facts, stamp: Stamp, failure: FailedCall, end: number): State {
  const { state } = before;
  const secret = usableSecretOf(before);
  const called = stamped(before, 'issue', stamp);
  const { kind, mayHaveActed } = failure;
  const rejected = kind === 'rejected';
  // A token was issued but not published, so the key is valid.
  const isKeyInDoubt = isAppKeyRejected(before) && kind !== 'unpublished';
  return {
    ...called,
    // The stamp made the token suspect. If the broker did not execute the call, the previous health is kept.
    published: mayHaveActed ? called.published : state.published,
    verifiedAt: mayHaveActed ? undefined : state.verifiedAt,
    interrupted: kind === 'unpublished' ? true : state.interrupted,
    lastCallAt: end,
    issues: mayHaveActed ? called.issues : issuesOfKey(state, secret),
    refused: rejected || isKeyInDoubt ? refusal(state, secret, failure, end) : undefined,
    pending: rejected ? remaining({ ...state.pending, forced: undefined }) : state.pending,
    attempt: failedAttempt(state, stamp, 'issue', failure, end),
  };
}

/** The state after the secret held no usable app key or could not be read. No call was made. */
export function secretUnusable(
  state: State,
  secret: SecretFacts,
  stamp: Stamp,
  message: string,
  now: number,
): State {
  const { refused } = state;
  // A tick that finds the same again writes nothing.
  if (refused?.code === 'Unconfigured' && refused.secretVersion === secret.version && !state.pending?.forced)
    return state;
  const failure = { kind: 'unconfigured', message } as const;
  return {
    ...state,
    refused: refusal(state, secret, { ...failure, brokerCode: 'Unconfigured' }, now),
    pending: remaining({ ...state.pending, forced: undefined }),
    attempt: failedAttempt(state, stamp, 'issue', failure, now),
  };
}
