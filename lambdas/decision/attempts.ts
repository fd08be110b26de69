import type { BrokerErrorKind } from '../brokers/broker-error.ts';
import type { Attempt, IssuedFor, Outcome, RecordedCall, State } from '../shared/state.ts';
import { addIssueCall, MAX_MESSAGE_LENGTH } from '../shared/state.ts';
import type { Facts } from './facts.ts';
import { callsOfKey } from './gate.ts';

/** The assumed duration of a call whose end is unknown. A broker call times out after 10 s. */
const ASSUMED_CALL_DURATION = 15_000;

export type CallStart = Pick<Attempt, 'at' | 'cause' | 'messageId'>;

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

/** The state to store before a broker call, which remains stored if the function crashes during the call. */
export function stateDuringCall(facts: Facts, call: RecordedCall, start: CallStart): State {
  const { state } = facts;
  const { published } = state;
  const token = published?.health === 'live' ? { ...published, health: 'suspect' as const } : published;
  const attempt = attemptOf(state, start, call, 'started');
  const stateOfCall = { ...state, published: token, attempt, verifiedAt: undefined };
  if (call === 'revoke') {
    const revocations = (published?.revocations ?? 0) + 1;
    return { ...stateOfCall, published: token && { ...token, revocations } };
  }
  return {
    ...stateOfCall,
    interrupted: true,
    lastCallAt: start.at + ASSUMED_CALL_DURATION,
    calledWith: usableSecretOf(facts).appKey,
    issues: addIssueCall(callsOfKey(facts, start.at).issues, start.at),
  };
}

/** Returns the secret for an issue call. `decide` returns no issue call without a usable secret. */
export function usableSecretOf({ secret }: Facts) {
  if (secret?.appKey === undefined) throw new Error('an issue call was decided without an app key');
  return { ...secret, appKey: secret.appKey };
}

/** Returns the credentials and the KMS key that the state records with a newly issued token. */
export function createIssuedFor(facts: Facts): IssuedFor {
  const { broker, market, secretArn } = facts.config;
  const { version: secretVersion, appKey, keyPair } = usableSecretOf(facts);
  return { broker, market, secretArn, secretVersion, appKey, keyPair, tokenKeyArn: facts.tokenKeyArn };
}

export function pendingOrUndefined(pending: NonNullable<State['pending']>): State['pending'] {
  return Object.values(pending).some((each) => each !== undefined) ? pending : undefined;
}

export function failedAttempt(
  before: State,
  start: CallStart,
  call: RecordedCall,
  failure: Failure,
): Attempt {
  const { kind, brokerCode } = failure;
  const message = call === 'revoke' ? `revoke: ${failure.message}` : failure.message;
  const isTooLong = message.length > MAX_MESSAGE_LENGTH;
  return {
    ...attemptOf(before, start, call, kind),
    message: isTooLong ? `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : message,
    brokerCode,
  };
}

export function attemptOf(before: State, start: CallStart, kind: RecordedCall, outcome: Outcome): Attempt {
  const { attempt } = before;
  const isConsecutive =
    attempt?.outcome === 'revoked' ||
    (attempt && failureClassOf(attempt) === failureClassOf({ kind, outcome }));
  const failures = (isConsecutive ? attempt.failures : 0) + 1;
  const retryAt = kind === 'revoke' ? attempt?.retryAt : undefined;
  return { ...start, kind, outcome, failures, retryAt };
}

/** The refresher counts the consecutive failures of each class separately. */
function failureClassOf({
  kind,
  outcome,
}: Pick<Attempt, 'kind' | 'outcome'>): 'revoke' | 'unusable' | 'issue' {
  if (kind === 'revoke') return 'revoke';
  return isAnswerUnusable(outcome) ? 'unusable' : 'issue';
}

export function isAnswerUnusable(outcome: Outcome | undefined): boolean {
  return outcome === 'malformed' || outcome === 'unpublished';
}
