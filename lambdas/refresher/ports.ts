import type { BrokerClient, ConnectionSettings } from '../brokers/client.ts';
import type { Decision } from '../decision/facts.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { Cause, InboxMessage } from '../shared/message.ts';
import type { Outcome, State } from '../shared/state.ts';
import type { AwsError } from '../store/aws-error.ts';
import type { Store } from '../store/parameters.ts';
import type { Secrets } from '../store/secrets.ts';
import type { Clock } from './clock.ts';
import type { CredentialReadings } from './metrics.ts';

/** The external systems that the refresher uses. */
export interface Ports {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly connect: (credential: ConnectionSettings) => BrokerClient;
  /** The KMS key that encrypts the token parameters. */
  readonly tokenKeyArn: string;
  readonly clock: Clock;
  /** Logs every final decision and the result of every broker call. */
  readonly log: (line: DecisionLine) => void;
  /** Publishes the metrics before a long sleep, so that the alarm on missing metrics does not fire. */
  readonly beforeSleep?: ((soFar: RefreshResult) => void) | undefined;
}

/** One delivery of an inbox message. */
export interface Delivery {
  readonly message: InboxMessage;
  readonly messageId: string;
  /** The time at which Lambda ends this invocation, in epoch milliseconds. */
  readonly deadline: number;
}

/** The log line of a decision. It contains no secret. */
export interface DecisionLine extends Pick<Decision, 'action' | 'reason'> {
  readonly credential: string;
  readonly cause: Cause;
  readonly messageId: string;
  /** The outcome of an issue or revoke call. */
  readonly outcome?: Outcome | undefined;
  /** The verdict of a verify call. */
  readonly verdict?: string | undefined;
  readonly brokerCode?: string | undefined;
  readonly message?: string | undefined;
  /** The time of the next planned action, in the ISO 8601 format. */
  readonly next?: string | undefined;
  readonly generation: number;
}

/** The result of the refresh that one message caused. */
export interface RefreshResult extends CredentialReadings {
  readonly config: CredentialConfig;
  readonly state: State;
  readonly decision: Decision;
  /** The number of issue calls that count against the daily budget. */
  readonly issued: number;
  /** `retry` is true if the broker was not called, so the message may be delivered again. */
  readonly failure?: { readonly error: AwsError; readonly retry: boolean } | undefined;
}
