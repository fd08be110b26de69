import { BrokerTokensError } from '../shared/broker-tokens-error.ts';

export type BrokerErrorKind =
  /** The broker limits the rate of calls. The refresher waits, then repeats the call. */
  | 'throttled'
  /** The broker or the network failed. The refresher repeats the call at the next tick. */
  | 'unavailable'
  /** The reply is invalid, so the refresher must not publish a token from the reply. */
  | 'malformed'
  /** The broker rejected the request. An operator must correct the app key, market or IP address. */
  | 'rejected';

type BrokerErrorDetails = Pick<BrokerError, 'brokerCode' | 'mayHaveActed' | 'cause'>;

/** A failed issue or revoke call. The error message contains neither a secret nor the body of the reply. */
export class BrokerError extends BrokerTokensError {
  readonly code = 'Broker';
  readonly kind: BrokerErrorKind;
  /** The error code in the reply of the broker, for example `EGW00133` or `8050`. */
  readonly brokerCode: string | undefined;
  /** Whether the reply was lost or invalid. Then an issue call counts towards the daily budget. */
  readonly mayHaveActed: boolean;

  constructor(kind: BrokerErrorKind, message: string, details: Partial<BrokerErrorDetails> = {}) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.brokerCode = details.brokerCode;
    this.mayHaveActed = details.mayHaveActed ?? false;
  }
}

/** Returns the BrokerError of a failed call instead of throwing it. */
export async function resultOrBrokerError<T>(call: Promise<T>): Promise<T | BrokerError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
}
