import type { AppKey } from '../../lambdas/brokers/broker.ts';
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
  isAlive,
  TokenLedger,
  type TokenRecord,
} from './ledger.ts';
import type { CommonOptions } from './options.ts';
import { corruptReply, inMaintenance, outageOf, outageReplyOf } from './outage.ts';

/** The outcome and the response of one call. */
export interface ServedCall {
  readonly appkey?: string | undefined;
  readonly outcome: string;
  readonly token?: string | undefined;
  readonly response: SimulatedResponse;
}

/** The rules of one broker. */
export interface BrokerRules {
  callKindOf(request: SimulatedRequest): CallKind;
  /** @param now the instant on the broker's clock */
  serve(kind: CallKind, request: SimulatedRequest, now: number): ServedCall;
}

export interface SimulatorDependencies<Key extends AppKey, Options extends CommonOptions> {
  readonly clock: SimulatorClock;
  readonly keys: readonly Key[];
  readonly options: Options;
}

/** A simulated broker. The properties `book` and `options` contain the entire state of the broker. */
export class BrokerSimulator<Key extends AppKey, Options extends CommonOptions> {
  /** Handles one request. The method `listen` serves this function over HTTP. */
  readonly handle: RequestFunction;
  readonly ledger = new TokenLedger(() => this.#book);
  readonly #clock: SimulatorClock;
  readonly #rules: BrokerRules;
  #book: BrokerRecords<Key>;
  #options: Options;

  constructor(
    parts: SimulatorDependencies<Key, Options>,
    rules: (self: BrokerSimulator<Key, Options>) => BrokerRules,
  ) {
    this.#clock = parts.clock;
    this.#options = parts.options;
    this.#book = emptyRecords(parts.keys);
    this.#rules = rules(this);
    this.handle = (request) => this.#answer(request);
  }

  get options(): Options {
    return this.#options;
  }

  /**
   * All records of the broker. To copy the records to another broker, use
   * `other.book = structuredClone(this.book)`.
   */
  get book(): BrokerRecords<Key> {
    return this.#book;
  }

  set book(book: BrokerRecords<Key>) {
    this.#book = book;
  }

  /** Sets some options. */
  set(options: Partial<Options>): void {
    this.#options = { ...this.#options, ...options };
  }

  get keys(): readonly Key[] {
    return this.#book.keys;
  }

  /** Replaces the accepted app keys. Tokens of removed keys stay valid. */
  setKeys(keys: readonly Key[]): void {
    this.#book.keys = keys;
  }

  /**
   * All calls since the start, oldest first. The times of the calls are exact even if the broker's clock is
   * wrong.
   */
  get calls(): readonly BrokerCall[] {
    return this.#book.calls;
  }

  /** The number of calls of one kind, or of one kind and outcome. */
  count(kind: CallKind, outcome?: string): number {
    return this.#book.calls.filter(
      (call) => call.kind === kind && (outcome === undefined || call.outcome === outcome),
    ).length;
  }

  /** All issued tokens, oldest first. The times in the records are from the broker's clock. */
  get tokens(): readonly TokenRecord[] {
    return this.ledger.all;
  }

  /** Returns whether the token is live at the exact time `at`, regardless of `newTokenDelaySeconds`. */
  isAlive(token: string, at: number = this.#clock.now()): boolean {
    const record = this.ledger.find(token);
    return record !== undefined && isAlive(record, at + this.#options.clockAhead);
  }

  /** Invalidates a token before its expiry, as a broker may do without notice. */
  kill(token: string): void {
    this.ledger.invalidate(token, this.#now(), 'killed');
  }

  /** Invalidates all tokens of an app key. */
  killAll(appkey: string): void {
    this.ledger.invalidateAll(appkey, this.#now(), 'killed');
  }

  /** Deletes all tokens and recorded calls, and keeps app keys and options. */
  deleteTokensAndCalls(): void {
    this.#book = emptyRecords(this.#book.keys, this.#book.serial);
  }

  /** Deletes tokens and recorded calls, and serves HTTP on loopback. @param port 0 selects a free port */
  listen(port = 0): Promise<RunningServer> {
    this.deleteTokensAndCalls();
    return listen(this.handle, port);
  }

  #now(): number {
    return this.#clock.now() + this.#options.clockAhead;
  }

  #answer(request: SimulatedRequest): SimulatedResponse {
    const at = this.#clock.now();
    const kind = this.#rules.callKindOf(request);
    const { outage: option, maintenance, slowSeconds } = this.#options;
    const outage = inMaintenance(maintenance, this.#now()) ? 'html' : outageOf(option, kind);
    const outageReply = outageReplyOf(outage);
    if (outageReply) {
      this.#book.calls.push({ at, kind, outcome: `outage:${outage}` });
      return outageReply;
    }
    const { response, ...served } = this.#rules.serve(kind, request, this.#now());
    this.#book.calls.push({ at, kind, ...served });
    return corruptReply(outage, response, slowSeconds);
  }
}
