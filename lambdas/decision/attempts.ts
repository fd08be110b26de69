import type { BrokerErrorKind } from '../brokers/broker-error.ts';
import type { Cause } from '../shared/message.ts';
import {
  type Attempt,
  type Call,
  type IssuedFor,
  type KeyRejection,
  MAX_MESSAGE_LENGTH,
  type Outcome,
  type State,
  withIssue,
} from '../shared/state.ts';
import type { Facts, SecretFacts, UsableSecret } from './facts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Assumed duration of a call whose end is unknown. A broker call times out after 10 s. */
const UNKNOWN_END = 15 * SECOND;

/** A call that can end the published token, recorded before it is made. */
export interface Stamp {
  readonly at: number;
  readonly cause: Cause;
  readonly messageId: string;
}

/** Why a call was not made or failed. */
export interface Failure {
  readonly kind: BrokerErrorKind | 'unpublished' | 'unconfigured';
  readonly brokerCode?: string | undefined;
  readonly message: string;
}

export interface FailedCall extends Failure {
  /** The broker may have executed the request: its answer was lost or unusable. */
  readonly mayHaveActed: boolean;
}

/** The state during a broker call. It remains if the function crashes. */
export function stamped(facts: Facts, call: Call, stamp: Stamp): State {
  const { state } = facts;
  const { published } = state;
  const attempt = attemptOf(state, stamp, call, 'started');
  const at = published && {
    ...published,
    health: published.health === 'live' ? ('suspect' as const) : published.health,
  };
  if (call === 'revoke') {
    const revocations = (published?.revocations ?? 0) + 1;
    return { ...state, published: at && { ...at, revocations }, attempt, verifiedAt: undefined };
  }
  const secret = usableSecretOf(facts);
  return {
    ...state,
    published: at,
    attempt,
    verifiedAt: undefined,
    interrupted: true,
    lastCallAt: stamp.at + UNKNOWN_END,
    calledWith: secret.appKey,
    issues: withIssue(issuesOfKey(state, secret), stamp.at),
  };
}

/** The secret of an issue call. The decision requires it before each call. */
export function usableSecretOf({ secret }: Facts): UsableSecret {
  if (secret?.appKey === undefined) throw new Error('an issue call was decided without an app key');
  return { version: secret.version, appKey: secret.appKey, keyPair: secret.keyPair };
}

export function issuesOfKey({ issues, calledWith }: State, { appKey }: UsableSecret): readonly number[] {
  return calledWith !== undefined && appKey !== calledWith ? [] : issues;
}

/** The step with this index; the last one if there are fewer. */
export function stepAt(steps: readonly [number, ...number[]], index: number): number {
  return steps[Math.min(index, steps.length - 1)] as number;
}

/** Minutes before each retry with a rejected key. */
const REFUSAL_RETRY_MINUTES = [5, 15, 60] as const;

export function refusal(
  state: State,
  { version: secretVersion }: SecretFacts,
  failure: Failure,
  now: number,
): KeyRejection {
  const standing = state.refused?.secretVersion === secretVersion ? state.refused : undefined;
  const times = standing?.times ?? 0;
  // An outage proves nothing about the key, which stays rejected.
  const refuses = failure.kind === 'rejected' || failure.kind === 'unconfigured';
  const code = refuses || standing === undefined ? (failure.brokerCode ?? failure.kind) : standing.code;
  return {
    secretVersion,
    code,
    since: standing?.since ?? now,
    retryAt: now + stepAt(REFUSAL_RETRY_MINUTES, times) * MINUTE,
    times: times + 1,
  };
}

/** The credentials and the KMS key of a token that is issued now. */
export function issuedForOf(facts: Facts): IssuedFor {
  const { broker, market, secretArn } = facts.config;
  const { version: secretVersion, appKey, keyPair } = usableSecretOf(facts);
  return { broker, market, secretArn, secretVersion, appKey, keyPair, tokenKeyArn: facts.tokenKeyArn };
}

/** Pending requests; undefined if there is none. */
export function remaining(pending: NonNullable<State['pending']>): State['pending'] {
  return Object.values(pending).some((each) => each !== undefined) ? pending : undefined;
}

export function failedAttempt(
  before: State,
  stamp: Stamp,
  call: Call,
  failure: Failure,
  end: number,
): Attempt {
  const { kind, brokerCode, message } = failure;
  const made = { ...attemptOf(before, stamp, call, kind), message: shortened(message), brokerCode };
  if (call === 'revoke' || (kind !== 'malformed' && kind !== 'unpublished')) return made;
  const outcome = before.attempt?.outcome;
  const repeated = outcome === 'malformed' || outcome === 'unpublished';
  return { ...made, retryAt: end + (repeated ? 15 : 5) * MINUTE };
}

export function attemptOf(
  before: State,
  { at, cause, messageId }: Stamp,
  kind: Call,
  outcome: Outcome,
): Attempt {
  const { attempt } = before;
  const retryAt = kind === 'revoke' ? attempt?.retryAt : undefined;
  const inARow =
    attempt !== undefined &&
    (attempt.outcome === 'revoked' || classOf(attempt.kind, attempt.outcome) === classOf(kind, outcome));
  const failures = (inARow ? attempt.failures : 0) + 1;
  return { at, cause, messageId, kind, outcome, failures, retryAt };
}

/** Consecutive failures are counted per class. */
function classOf(kind: Call, outcome: Outcome): 'revoke' | 'unusable' | 'issue' {
  if (kind === 'revoke') return 'revoke';
  return outcome === 'malformed' || outcome === 'unpublished' ? 'unusable' : 'issue';
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
