import type { BrokerErrorKind } from '../brokers/broker-error.ts';
import type { Cause } from '../shared/message.ts';
import {
  type Attempt,
  addIssueCall,
  type IssuedFor,
  type KeyRejection,
  MAX_MESSAGE_LENGTH,
  type Outcome,
  type RecordedCall,
  type State,
} from '../shared/state.ts';
import type { Facts, SecretFacts, UsableSecret } from './facts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The assumed duration of a call whose end is unknown. A broker call times out after 10 s. */
const ASSUMED_CALL_DURATION = 15 * SECOND;

/** The start of an issue or revoke call, recorded before the call is made. */
export interface CallStart {
  readonly at: number;
  readonly cause: Cause;
  readonly messageId: string;
}

/** The reason why a broker call failed or was not made. */
export interface Failure {
  readonly kind: BrokerErrorKind | 'unpublished' | 'unconfigured';
  readonly brokerCode?: string | undefined;
  readonly message: string;
}

export interface FailedCall extends Failure {
  /** Whether the broker may have executed the request although the answer was lost or unusable. */
  readonly mayHaveActed: boolean;
}

/**
 * The state to store before a broker call. If the function crashes during the call, this state remains
 * stored.
 */
export function stateDuringCall(facts: Facts, call: RecordedCall, start: CallStart): State {
  const { state } = facts;
  const { published } = state;
  const attempt = attemptOf(state, start, call, 'started');
  const tokenDuringCall =
    published?.health === 'live' ? { ...published, health: 'suspect' as const } : published;
  const stateWithAttempt = { ...state, published: tokenDuringCall, attempt, verifiedAt: undefined };
  if (call === 'revoke') {
    const revocations = (published?.revocations ?? 0) + 1;
    return { ...stateWithAttempt, published: tokenDuringCall && { ...tokenDuringCall, revocations } };
  }
  const secret = usableSecretOf(facts);
  return {
    ...stateWithAttempt,
    interrupted: true,
    lastCallAt: start.at + ASSUMED_CALL_DURATION,
    calledWith: secret.appKey,
    issues: addIssueCall(issueTimesOfKey(state, secret), start.at),
  };
}

/** Returns the secret for an issue call. `decide` returns no issue call without a usable secret. */
export function usableSecretOf({ secret }: Facts): UsableSecret {
  if (secret?.appKey === undefined) throw new Error('an issue call was decided without an app key');
  return { version: secret.version, appKey: secret.appKey, keyPair: secret.keyPair };
}

export function issueTimesOfKey({ issues, calledWith }: State, { appKey }: UsableSecret): readonly number[] {
  return calledWith !== undefined && appKey !== calledWith ? [] : issues;
}

/** Returns the array element with this index, or the last element if the index is too large. */
export function elementOrLast(steps: readonly [number, ...number[]], index: number): number {
  return steps[Math.min(index, steps.length - 1)] as number;
}

/** The times between two attempts with a rejected app key, in minutes. */
const KEY_RETRY_MINUTES = [5, 15, 60] as const;

export function keyRejection(
  state: State,
  { version: secretVersion }: SecretFacts,
  failure: Failure,
  now: number,
): KeyRejection {
  const previousRejection = state.refused?.secretVersion === secretVersion ? state.refused : undefined;
  const times = previousRejection?.times ?? 0;
  // An outage does not show that the key is valid, so the function keeps the error code of the previous
  // rejection.
  const isKeyRejected = failure.kind === 'rejected' || failure.kind === 'unconfigured';
  const code =
    isKeyRejected || previousRejection === undefined
      ? (failure.brokerCode ?? failure.kind)
      : previousRejection.code;
  return {
    secretVersion,
    code,
    since: previousRejection?.since ?? now,
    retryAt: now + elementOrLast(KEY_RETRY_MINUTES, times) * MINUTE,
    times: times + 1,
  };
}

/** Returns the credentials and the KMS key that the state records with a newly issued token. */
export function createIssuedFor(facts: Facts): IssuedFor {
  const { broker, market, secretArn } = facts.config;
  const { version: secretVersion, appKey, keyPair } = usableSecretOf(facts);
  return { broker, market, secretArn, secretVersion, appKey, keyPair, tokenKeyArn: facts.tokenKeyArn };
}

/** Returns the pending requests, or undefined if no request is pending. */
export function pendingOrUndefined(pending: NonNullable<State['pending']>): State['pending'] {
  return Object.values(pending).some((each) => each !== undefined) ? pending : undefined;
}

export function failedAttempt(
  before: State,
  start: CallStart,
  call: RecordedCall,
  failure: Failure,
  end: number,
): Attempt {
  const { kind, brokerCode } = failure;
  const message = truncateMessage(call === 'revoke' ? `revoke: ${failure.message}` : failure.message);
  const failedCall = { ...attemptOf(before, start, call, kind), message, brokerCode };
  if (call === 'revoke' || (kind !== 'malformed' && kind !== 'unpublished')) return failedCall;
  const outcome = before.attempt?.outcome;
  const isRepeatedFailure = outcome === 'malformed' || outcome === 'unpublished';
  return { ...failedCall, retryAt: end + (isRepeatedFailure ? 15 : 5) * MINUTE };
}

export function attemptOf(
  before: State,
  { at, cause, messageId }: CallStart,
  kind: RecordedCall,
  outcome: Outcome,
): Attempt {
  const { attempt } = before;
  const retryAt = kind === 'revoke' ? attempt?.retryAt : undefined;
  const isConsecutive =
    attempt !== undefined &&
    (attempt.outcome === 'revoked' ||
      attemptClassOf(attempt.kind, attempt.outcome) === attemptClassOf(kind, outcome));
  const failures = (isConsecutive ? attempt.failures : 0) + 1;
  return { at, cause, messageId, kind, outcome, failures, retryAt };
}

/** Returns the class of an attempt. Consecutive failures are counted separately for each class. */
function attemptClassOf(kind: RecordedCall, outcome: Outcome): 'revoke' | 'unusable' | 'issue' {
  if (kind === 'revoke') return 'revoke';
  return outcome === 'malformed' || outcome === 'unpublished' ? 'unusable' : 'issue';
}

function truncateMessage(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
