import type { AppKey } from '../../lambdas/brokers/broker.ts';

export type CallKind = 'issue' | 'revoke' | 'data' | 'other';

/** One call that the broker received. */
export interface BrokerCall {
  readonly at: number;
  readonly kind: CallKind;
  /** The app key of the call; undefined if the call was invalid or contained no app key. */
  readonly appkey?: string | undefined;
  /**
   * `issued`, `reused`, `revoked`, `ignored` (a revocation without effect), `ok`, an error code,
   * `not-simulated`, or `outage:<kind>`.
   */
  readonly outcome: string;
  /** The token that an issue call returned. */
  readonly token?: string | undefined;
}

export type InvalidationCause = 'revoked' | 'killed' | 'superseded';

/** The broker's record of a token, with times of the broker's clock. */
export interface TokenRecord {
  readonly token: string;
  readonly appkey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The IP address that requested the token. */
  readonly requestedFrom: string;
  readonly invalidatedAt?: number | undefined;
  readonly invalidationCause?: InvalidationCause | undefined;
}

/** The entire mutable state of a simulated broker, as plain objects. */
export interface BrokerRecords {
  keys: readonly AppKey[];
  /** The number of issued tokens. This number makes the text of each token unique. */
  serial: number;
  /** The token records by token text, oldest first. */
  readonly tokens: Record<string, TokenRecord>;
  /** The text of the newest token, by app key. */
  readonly newestTokens: Record<string, string>;
  /**
   * The instant at which the minimum interval started, by app key (KIS) or by api-id and app key (Kiwoom).
   */
  readonly lastCallTimes: Record<string, number>;
  /** The start of the reuse window of the newest token, by app key. Only KIS has a reuse window. */
  readonly reuseWindowStarts: Record<string, number>;
  readonly calls: BrokerCall[];
}

/**
 * Creates empty records. After a restart, the serial number continues, so that no token text occurs twice.
 */
export function emptyRecords(keys: readonly AppKey[], serial = 0): BrokerRecords {
  return { keys, serial, tokens: {}, newestTokens: {}, lastCallTimes: {}, reuseWindowStarts: {}, calls: [] };
}

export function isAlive({ issuedAt, expiresAt, invalidatedAt }: TokenRecord, at: number): boolean {
  return issuedAt <= at && at < Math.min(expiresAt, invalidatedAt ?? expiresAt);
}
