import type { BrokerClient } from '../brokers/client.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { Cause, InboxMessage } from '../shared/message.ts';
import type { Outcome, State } from '../shared/state.ts';
import type { AwsTrouble } from '../store/errors.ts';
import type { Store } from '../store/parameters.ts';
import type { Secrets } from '../store/secrets.ts';
import type { Clock } from './clock.ts';
import type { Decision } from './decide.ts';

/** What the use case needs of the world. */
export interface Ports {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly connect: (config: CredentialConfig) => BrokerClient;
  readonly clock: Clock;
  /** Told of every decision, and of every attempt's outcome. */
  readonly report: (line: DecisionLine) => void;
  /** Told before a sleep while a token lives: it may outlast the patience of who takes silence for bad. */
  readonly beforeSleep?: ((soFar: Refreshed) => void) | undefined;
}

/** One inbox message as it was delivered. */
export interface Delivery {
  readonly message: InboxMessage;
  readonly messageId: string;
  /** When Lambda ends this invocation, epoch milliseconds. */
  readonly deadline: number;
}

/** One decision, as it is logged: no secret in it. */
export interface DecisionLine {
  readonly credential: string;
  readonly cause: Cause;
  readonly messageId: string;
  readonly action: Decision['action'] | 'revoke';
  readonly reason: string;
  /** Of an attempt. */
  readonly outcome?: Outcome | undefined;
  readonly brokerCode?: string | undefined;
  readonly message?: string | undefined;
  /** The next instant at which something is planned, ISO 8601. */
  readonly next?: string | undefined;
  readonly generation: number;
}

/** How a message ended. */
export interface Refreshed {
  readonly config: CredentialConfig;
  readonly state: State;
  readonly decision: Decision;
  /** Issue calls that count against the day's budget. */
  readonly issued: number;
  /** AWS kept the work from being done; `retry`: nothing has been done yet, so the message may come again. */
  readonly failure?: { readonly trouble: AwsTrouble; readonly retry: boolean } | undefined;
}
