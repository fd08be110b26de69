import type { AppKey } from '../../lambdas/brokers/broker.ts';

export type CallKind = 'issue' | 'revoke' | 'data' | 'other';

/** One call that the broker received. */
export interface BrokerCall {
  readonly at: number;
  readonly kind: CallKind;
  /** The app key; absent if the call was not parsed or contained none. */
  readonly appkey?: string | undefined;
  /** `issued`, `reused`, `revoked`, `ignored` (a revocation), `ok`, an error code, `not-simulated`, or `outage:<kind>`. */
  readonly outcome: string;
  /** The token that an issue call returned. */
  readonly token?: string | undefined;
}

export type InvalidationCause = 'revoked' | 'killed' | 'superseded';

/** The broker's record of a token, on the broker's clock. */
export interface TokenRecord {
  readonly token: string;
  readonly appkey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The IP address that requested the token. */
  readonly requestedFrom: string;
  readonly diedAt?: number | undefined;
  readonly death?: InvalidationCause | undefined;
}

/** All mutable state of a simulated broker as plain objects. */
export interface BrokerRecords<Key extends AppKey = AppKey> {
  keys: readonly Key[];
  /** The number of all tokens so far, which is a part of each token's text. */
  serial: number;
  /** The records by token, oldest first. */
  readonly tokens: Record<string, TokenRecord>;
  /** The newest token by app key. */
  readonly newest: Record<string, string>;
  /** The instant from which the minimum interval counts, by app key, or by call and app key. */
  readonly lastCalls: Record<string, number>;
  /** KIS: the start of the reuse window of the newest token, by app key. */
  readonly windows: Record<string, number>;
  readonly calls: BrokerCall[];
}

/** The serial number continues after a restart, so that no token text is issued twice. */
export function emptyRecords<Key extends AppKey>(keys: readonly Key[], serial = 0): BrokerRecords<Key> {
  return { keys, serial, tokens: {}, newest: {}, lastCalls: {}, windows: {}, calls: [] };
}

/** The tokens of a book. */
export class TokenLedger {
  readonly #book: () => BrokerRecords;

  constructor(book: () => BrokerRecords) {
    this.#book = book;
  }

  get all(): readonly TokenRecord[] {
    return Object.values(this.#book().tokens);
  }

  add(record: TokenRecord): void {
    const { tokens, newest } = this.#book();
    tokens[record.token] = record;
    newest[record.appkey] = record.token;
  }

  find(token: string): TokenRecord | undefined {
    const { tokens } = this.#book();
    return Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  }

  newestTokenOf(appkey: string): TokenRecord | undefined {
    return this.find(this.#book().newest[appkey] ?? '');
  }

  /** Ends a token before its expiry. A revocation of a token that is already dead is recorded, too. */
  invalidate(token: string, at: number, death: InvalidationCause): void {
    const record = this.find(token);
    if (!record) return;
    const { tokens } = this.#book();
    if (isAlive(record, at)) tokens[token] = { ...record, diedAt: at, death };
    else if (death === 'revoked')
      tokens[token] = { ...record, diedAt: record.diedAt ?? record.expiresAt, death };
  }

  invalidateAll(appkey: string, at: number, death: InvalidationCause): void {
    for (const record of this.all) if (record.appkey === appkey) this.invalidate(record.token, at, death);
  }
}

export function isAlive(record: TokenRecord, at: number): boolean {
  return (
    record.issuedAt <= at && at < record.expiresAt && (record.diedAt === undefined || at < record.diedAt)
  );
}

/** Whether data calls still reject a new token as unknown. */
export function isTooNew(
  record: TokenRecord | undefined,
  at: number,
  { newTokenDelaySeconds }: { readonly newTokenDelaySeconds: number },
): boolean {
  return record !== undefined && at < record.issuedAt + newTokenDelaySeconds * 1000;
}

/** The dead tokens that an issue call returns: none; those that the broker ended; also revoked ones. */
export type ReuseDead = 'never' | 'killed' | 'always';

export function mayBeReturned(record: TokenRecord, at: number, reuseDead: ReuseDead): boolean {
  if (isAlive(record, at) || reuseDead === 'always') return true;
  return reuseDead === 'killed' && record.death !== 'revoked';
}
