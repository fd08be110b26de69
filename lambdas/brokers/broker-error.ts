import { BrokerTokensError } from '../shared/broker-tokens-error.ts';

/**
 * The classes of failed issue and revoke calls:
 * - `throttled`: the broker limits the rate. Wait, then retry.
 * - `unavailable`: the broker or the network failed. Retry at the next tick.
 * - `malformed`: the token in the reply must not be published.
 * - `rejected`: an operator must act (wrong key, unregistered IP address, wrong market).
 */
export type BrokerErrorKind = 'throttled' | 'unavailable' | 'malformed' | 'rejected';

export interface BrokerErrorFacts {
  /** The error code of the broker, e.g. `EGW00133` or `8050`. */
  readonly brokerCode?: string | undefined;
  /**
   * The broker may have executed the request (lost or invalid reply), so an issue call counts against the
   * budget.
   */
  readonly mayHaveActed?: boolean | undefined;
  readonly cause?: unknown;
}

/** A failed broker call. The message contains neither a secret nor the body of the reply. */
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
