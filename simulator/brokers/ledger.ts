export type Death = 'revoked' | 'killed' | 'superseded';

/** A token as its broker knows it; instants by the broker's own clock. */
export interface TokenRecord {
  readonly token: string;
  readonly appkey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The address that asked for it. */
  readonly askedFrom: string;
  readonly diedAt?: number | undefined;
  readonly death?: Death | undefined;
}

/** Every token a simulated broker ever issued. */
export class TokenLedger {
  readonly #records = new Map<string, TokenRecord>();
  /** App key → its newest token. */
  readonly #newest = new Map<string, string>();

  get all(): readonly TokenRecord[] {
    return [...this.#records.values()];
  }

  add(record: TokenRecord): void {
    this.#records.set(record.token, record);
    this.#newest.set(record.appkey, record.token);
  }

  find(token: string): TokenRecord | undefined {
    return this.#records.get(token);
  }

  newestOf(appkey: string): TokenRecord | undefined {
    return this.find(this.#newest.get(appkey) ?? '');
  }

  /** Ends a token before its time; of one that is dead already nothing changes. */
  invalidate(token: string, at: number, death: Death): void {
    const record = this.#records.get(token);
    if (record && isAlive(record, at)) this.#records.set(token, { ...record, diedAt: at, death });
  }

  clear(): void {
    this.#records.clear();
    this.#newest.clear();
  }
}

export function isAlive(record: TokenRecord, at: number): boolean {
  return (
    record.issuedAt <= at && at < record.expiresAt && (record.diedAt === undefined || at < record.diedAt)
  );
}

/** Dead tokens that a broker hands back all the same: none, those it ended itself, revoked ones too. */
export type ReuseDead = 'never' | 'killed' | 'always';

export function mayBeHandedBack(record: TokenRecord, at: number, reuseDead: ReuseDead): boolean {
  if (isAlive(record, at) || reuseDead === 'always') return true;
  return reuseDead === 'killed' && record.death !== 'revoked';
}
