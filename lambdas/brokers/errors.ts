import { BrokerTokensError } from '../shared/errors.ts';

/**
 * What a failed broker call means, decided once, here:
 * - `throttled` wait, then ask again;
 * - `unavailable` not our fault, ask again at the next tick;
 * - `malformed` an answer that must not be published;
 * - `rejected` a person must act (wrong key, unregistered address, wrong market).
 */
export type BrokerErrorKind = 'throttled' | 'unavailable' | 'malformed' | 'rejected';

export interface BrokerErrorFacts {
  /** The broker's own code, e.g. `EGW00133` or `8050`. */
  readonly brokerCode?: string | undefined;
  /** The broker may have done what was asked all the same (no answer, or a garbled one): it counts as an issue. */
  readonly mayHaveActed?: boolean | undefined;
  readonly cause?: unknown;
}

/** A broker call that did not give what was asked for. The message holds no secret and no raw body. */
export class BrokerError extends BrokerTokensError {
  readonly code = 'BrokerError';
  readonly kind: BrokerErrorKind;
  readonly brokerCode: string | undefined;
  readonly mayHaveActed: boolean;

  constructor(kind: BrokerErrorKind, message: string, facts: BrokerErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = kind;
    this.brokerCode = facts.brokerCode;
    this.mayHaveActed = facts.mayHaveActed ?? false;
  }
}
