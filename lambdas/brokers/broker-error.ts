import { BrokerTokensError } from '../shared/broker-tokens-error.ts';

/**
 * Classes of failed issue and revoke calls:
 * - `throttled` the broker limits the rate: wait, then retry;
 * - `unavailable` a failure of the broker or the network: retry at the next tick;
 * - `malformed` a reply that must not be published;
 * - `rejected` you must act (wrong key, unregistered address, wrong market).
 */
export type BrokerErrorKind = 'throttled' | 'unavailable' | 'malformed' | 'rejected';

export interface BrokerErrorFacts {
  /** The broker's own code, e.g. `EGW00133` or `8050`. */
  readonly brokerCode?: string | undefined;
  /**
   * The broker may have served the request (lost or garbled reply): an issue call counts against the budget.
   */
  readonly mayHaveActed?: boolean | undefined;
  readonly cause?: unknown;
}

/** A failed broker call. The message contains no secret and no raw body. */
export class BrokerError extends BrokerTokensError {
  readonly code = 'Broker';
  readonly kind: BrokerErrorKind;
  readonly brokerCode: string | undefined;
  readonly mayHaveActed: boolean;

  constructor(kind: BrokerErrorKind, message: string, facts: BrokerErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.kind = kind;
    this.brokerCode = facts.brokerCode;
    this.mayHaveActed = facts.mayHaveActed ?? false;
  }
}
