import type { AppKey } from '../../lambdas/brokers/broker.ts';
import type { Market } from '../../lambdas/shared/credential.ts';
import type { SimulatorClock } from '../clock.ts';
import {
  listen,
  type RequestFunction,
  type RunningServer,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../http.ts';
import {
  type BrokerCall,
  type BrokerRecords,
  type CallKind,
  emptyRecords,
  type InvalidationCause,
  isAlive,
  type TokenRecord,
} from './ledger.ts';
import type { CommonOptions } from './options.ts';
import { inMaintenance, OUTAGE_REPLIES, outageOf, REPLY_CORRUPTIONS } from './outage.ts';

/** The outcome and the response of one call. */
export interface ServedCall extends Omit<BrokerCall, 'at' | 'kind'> {
  readonly response: SimulatedResponse;
}

export interface SimulatorProps<Options> {
  readonly clock: SimulatorClock;
  /** The market of the simulated host. */
  readonly market: Market;
  readonly keys: readonly AppKey[];
  readonly options?: Partial<Options> | undefined;
}

/** A simulated broker. The properties `book` and `options` contain the entire state of the broker. */
export abstract class BrokerSimulator<Options extends CommonOptions> {
  readonly market: Market;
  /**
   * All records of the broker. To copy the records to another broker, use
   * `other.book = structuredClone(this.book)`.
   */
  book: BrokerRecords;
  options: Options;
  readonly #clock: SimulatorClock;

  constructor({ clock, market, keys, options }: SimulatorProps<Options>, defaults: Options) {
    this.#clock = clock;
    this.market = market;
    this.book = emptyRecords(keys);
    this.options = { ...defaults, ...options };
  }

  protected abstract callKindOf(request: SimulatedRequest): CallKind;

  /** Executes one call. @param now the instant on the broker's clock */
  protected abstract serve(kind: CallKind, request: SimulatedRequest, now: number): ServedCall;

  /** Handles one request. The method `listen` serves this function over HTTP. */
  readonly handle: RequestFunction = (request) => {
    const at = this.#clock.now();
    const kind = this.callKindOf(request);
    const { outage: option, maintenance, slowSeconds } = this.options;
    const outage = inMaintenance(maintenance, this.#now()) ? 'html' : outageOf(option, kind);
    const outageReply = OUTAGE_REPLIES[outage];
    if (outageReply) {
      this.book.calls.push({ at, kind, outcome: `outage:${outage}` });
      return outageReply;
    }
    const { response, ...served } = this.serve(kind, request, this.#now());
    this.book.calls.push({ at, kind, ...served });
    return REPLY_CORRUPTIONS[outage]?.(response, slowSeconds) ?? response;
  };

  /** Deletes tokens and recorded calls, and serves HTTP on loopback. @param port 0 selects a free port */
  listen(port = 0): Promise<RunningServer> {
    this.deleteTokensAndCalls();
    return listen(this.handle, port);
  }

  /** Sets some options. */
  set(options: Partial<Options>): void {
    this.options = { ...this.options, ...options };
  }

  get keys(): readonly AppKey[] {
    return this.book.keys;
  }

  /** Replaces the accepted app keys. Tokens of removed keys stay valid. */
  setKeys(keys: readonly AppKey[]): void {
    this.book.keys = keys;
  }

  /**
   * All calls since the start, oldest first. The times of the calls are exact even if the broker's clock is
   * wrong.
   */
  get calls(): readonly BrokerCall[] {
    return this.book.calls;
  }

  /** The number of calls of one kind, or of one kind and outcome. */
  count(kind: CallKind, outcome?: string): number {
    return this.calls.filter((call) => call.kind === kind && call.outcome === (outcome ?? call.outcome))
      .length;
  }

  /** All issued tokens, oldest first. The times in the records are from the broker's clock. */
  get tokens(): readonly TokenRecord[] {
    return Object.values(this.book.tokens);
  }

  find(token: string): TokenRecord | undefined {
    return Object.hasOwn(this.book.tokens, token) ? this.book.tokens[token] : undefined;
  }

  /** Returns whether the token is live at the exact time `at`, regardless of `newTokenDelaySeconds`. */
  isAlive(token: string, at: number = this.#clock.now()): boolean {
    const record = this.find(token);
    return record !== undefined && isAlive(record, at + this.options.clockAhead);
  }

  /** Invalidates a token before its expiry, as a broker may do without notice. */
  kill(token: string): void {
    this.invalidate(token, this.#now(), 'killed');
  }

  /** Invalidates all tokens of an app key. */
  killAll(appkey: string): void {
    this.#invalidateAll(appkey, this.#now(), 'killed');
  }

  /** Deletes all tokens and recorded calls, and keeps app keys and options. */
  deleteTokensAndCalls(): void {
    this.book = emptyRecords(this.keys, this.book.serial);
  }

  protected newestTokenOf(appkey: string): TokenRecord | undefined {
    return this.find(this.book.newestTokens[appkey] ?? '');
  }

  /** Stores a new token. If `endsOld` is true, the token invalidates earlier tokens of the app key. */
  protected addToken(record: TokenRecord, now: number, endsOld: boolean): void {
    const { token, appkey } = record;
    const { replacement } = this.options;
    if (replacement !== 'none') this.#invalidateAll(appkey, now, 'killed');
    else if (endsOld) this.#invalidateAll(appkey, now, 'superseded');
    this.book.tokens[token] = record;
    this.book.newestTokens[appkey] = token;
    if (replacement === 'dead') this.invalidate(token, now, 'killed');
  }

  /**
   * Invalidates a token before its expiry. If the token is already dead, this method records only a
   * revocation.
   */
  protected invalidate(token: string, at: number, invalidationCause: InvalidationCause): void {
    const record = this.find(token);
    if (!record) return;
    if (isAlive(record, at)) this.book.tokens[token] = { ...record, invalidatedAt: at, invalidationCause };
    else if (invalidationCause === 'revoked')
      this.book.tokens[token] = {
        ...record,
        invalidatedAt: record.invalidatedAt ?? record.expiresAt,
        invalidationCause,
      };
  }

  #invalidateAll(appkey: string, at: number, invalidationCause: InvalidationCause): void {
    for (const record of this.tokens)
      if (record.appkey === appkey) this.invalidate(record.token, at, invalidationCause);
  }

  /** Returns whether an issue call may return this token again, according to the option `reuseDead`. */
  protected mayBeReturned(record: TokenRecord, now: number): boolean {
    const { reuseDead } = this.options;
    if (isAlive(record, now) || reuseDead === 'always') return true;
    return reuseDead === 'killed' && record.invalidationCause !== 'revoked';
  }

  /** Returns whether data calls still reject a new token as unknown. */
  protected isTooNew({ issuedAt }: TokenRecord, now: number): boolean {
    return now < issuedAt + this.options.newTokenDelaySeconds * 1000;
  }

  #now(): number {
    return this.#clock.now() + this.options.clockAhead;
  }
}
