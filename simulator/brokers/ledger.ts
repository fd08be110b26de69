import type { AppKey } from '../../lambdas/brokers/broker.ts';

export type CallKind = 'issue' | 'revoke' | 'data' | 'other';

/** One call as the broker received it. */
export interface BrokerCall {
  readonly at: number;
  readonly kind: CallKind;
  /** Absent if the call was not parsed, or had none. */
  readonly appkey?: string | undefined;
  /** `issued`, `reused`, `revoked`, `ignored` (a revocation), `ok`, an error code, `not-simulated`, or `outage:<kind>`. */
  readonly outcome: string;
  /** The token that an issue call returned. */
  readonly token?: string | undefined;
}

export type Death = 'revoked' | 'killed' | 'superseded';

/** The broker's record of a token, on the broker's clock. */
export interface TokenRecord {
  readonly token: string;
  readonly appkey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The address that requested it. */
  readonly requestedFrom: string;
  readonly diedAt?: number | undefined;
  readonly death?: Death | undefined;
}

/** All mutable state of a simulated broker as plain objects. */
export interface Book<Key extends AppKey = AppKey> {
  keys: readonly Key[];
  /** Number of all tokens so far; part of each token's text. */
  serial: number;
  /** Token → record, oldest first. */
  readonly tokens: Record<string, TokenRecord>;
  /** App key → its newest token. */
  readonly newest: Record<string, string>;
  /** App key, or call and app key → instant from which the minimum interval counts. */
  readonly lastCalls: Record<string, number>;
  /** KIS: app key → start of the reuse window of its newest token. */
  readonly windows: Record<string, number>;
  readonly calls: BrokerCall[];
}

/** The serial continues after a restart, so that no token text is issued twice. */
export function emptyBook<Key extends AppKey>(keys: readonly Key[], serial = 0): Book<Key> {
  return { keys, serial, tokens: {}, newest: {}, lastCalls: {}, windows: {}, calls: [] };
}

/** The tokens of a book. */
export class TokenLedger {
  readonly #book: () => Book;

  constructor(book: () => Book) {
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

  newestOf(appkey: string): TokenRecord | undefined {
    return this.find(this.#book().newest[appkey] ?? '');
  }

  /** Ends a token before its expiry. A revocation of a dead token is recorded. */
  invalidate(token: string, at: number, death: Death): void {
    const record = this.find(token);
    if (!record) return;
    const { tokens } = this.#book();
    if (isAlive(record, at)) tokens[token] = { ...record, diedAt: at, death };
    else if (death === 'revoked')
      tokens[token] = { ...record, diedAt: record.diedAt ?? record.expiresAt, death };
  }

  invalidateAll(appkey: string, at: number, death: Death): void {
    for (const record of this.all) if (record.appkey === appkey) this.invalidate(record.token, at, death);
  }
}

export function isAlive(record: TokenRecord, at: number): boolean {
  return (
    record.issuedAt <= at && at < record.expiresAt && (record.diedAt === undefined || at < record.diedAt)
  );
}

/** Whether data calls still refuse a new token as unknown. */
export function isTooNew(
  record: TokenRecord | undefined,
  at: number,
  { newTokenDelaySeconds }: { readonly newTokenDelaySeconds: number },
): boolean {
  return record !== undefined && at < record.issuedAt + newTokenDelaySeconds * 1000;
}

/** Dead tokens that an issue call returns: none, those that the broker ended, revoked ones, too. */
export type ReuseDead = 'never' | 'killed' | 'always';

export function mayBeReturned(record: TokenRecord, at: number, reuseDead: ReuseDead): boolean {
  if (isAlive(record, at) || reuseDead === 'always') return true;
  return reuseDead === 'killed' && record.death !== 'revoked';
}
