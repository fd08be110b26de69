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
  type Book,
  type BrokerCall,
  type CallKind,
  emptyBook,
  isAlive,
  TokenLedger,
  type TokenRecord,
} from './ledger.ts';
import type { CommonOptions } from './options.ts';
import { answerInstead, corrupt, inMaintenance, outageOf } from './outage.ts';

/** What a broker's own rules made of a call. */
export interface Served {
  readonly appkey?: string | undefined;
  readonly outcome: string;
  readonly token?: string | undefined;
  readonly response: SimulatedResponse;
}

/** One broker's rules: what makes KIS KIS and Kiwoom Kiwoom. */
export interface Rules {
  kindOf(request: SimulatedRequest): CallKind;
  /** @param now by the broker's clock */
  serve(kind: CallKind, request: SimulatedRequest, now: number): Served;
}

export interface SimulatorParts<Key extends AppKey, Options extends CommonOptions> {
  readonly clock: SimulatorClock;
  readonly keys: readonly Key[];
  readonly options: Options;
}

/** A simulated broker: request function, server and what tests inspect. Its state is `book` and `options`. */
export class BrokerSimulator<Key extends AppKey, Options extends CommonOptions> {
  /** The request function; `listen` puts it behind HTTP. */
  readonly handle: RequestFunction;
  readonly ledger = new TokenLedger(() => this.#book);
  readonly #clock: SimulatorClock;
  readonly #rules: Rules;
  #book: Book<Key>;
  #options: Options;

  constructor(parts: SimulatorParts<Key, Options>, rules: (self: BrokerSimulator<Key, Options>) => Rules) {
    this.#clock = parts.clock;
    this.#options = parts.options;
    this.#book = emptyBook(parts.keys);
    this.#rules = rules(this);
    this.handle = (request) => this.#answer(request);
  }

  get options(): Options {
    return this.#options;
  }

  /** Every record of this broker. A copy of it makes a copy of the broker: `other.book = structuredClone(this.book)`. */
  get book(): Book<Key> {
    return this.#book;
  }

  set book(book: Book<Key>) {
    this.#book = book;
  }

  /** Sets options while running; the others stay. */
  set(options: Partial<Options>): void {
    this.#options = { ...this.#options, ...options };
  }

  get keys(): readonly Key[] {
    return this.#book.keys;
  }

  /** As if the owner had changed keys at the broker's site; tokens stay valid. */
  setKeys(keys: readonly Key[]): void {
    this.#book.keys = keys;
  }

  /** Every call since the start, oldest first, by the true clock. */
  get calls(): readonly BrokerCall[] {
    return this.#book.calls;
  }

  /** Calls of one kind, or of one kind and outcome. */
  count(kind: CallKind, outcome?: string): number {
    return this.#book.calls.filter(
      (call) => call.kind === kind && (outcome === undefined || call.outcome === outcome),
    ).length;
  }

  /** Every token ever issued, oldest first; instants by the broker's clock. */
  get tokens(): readonly TokenRecord[] {
    return this.ledger.all;
  }

  /** Whether the token was neither expired nor ended at that (true) time; ignores `newTokenDelaySeconds`. */
  isAlive(token: string, at: number = this.#clock.now()): boolean {
    const record = this.ledger.find(token);
    return record !== undefined && isAlive(record, at + this.#options.clockAhead);
  }

  /** The broker ends a token by itself, without a notice to its owner. */
  kill(token: string): void {
    this.ledger.invalidate(token, this.#now(), 'killed');
  }

  /** The broker ends all tokens of an app key by itself. */
  killAll(appkey: string): void {
    this.ledger.invalidateAll(appkey, this.#now(), 'killed');
  }

  /** Tokens, calls and throttles are gone; keys and options stay. */
  forget(): void {
    this.#book = emptyBook(this.#book.keys, this.#book.serial);
  }

  /** A real HTTP server on loopback, on a free port unless one is given. Starting it forgets everything. */
  listen(port = 0): Promise<RunningServer> {
    this.forget();
    return listen(this.handle, port);
  }

  #now(): number {
    return this.#clock.now() + this.#options.clockAhead;
  }

  #answer(request: SimulatedRequest): SimulatedResponse {
    const at = this.#clock.now();
    const kind = this.#rules.kindOf(request);
    const { outage: option, maintenance, slowSeconds } = this.#options;
    const outage = inMaintenance(maintenance, this.#now()) ? 'html' : outageOf(option, kind);
    const instead = answerInstead(outage);
    if (instead) {
      this.#book.calls.push({ at, kind, outcome: `outage:${outage}` });
      return instead;
    }
    const { response, ...served } = this.#rules.serve(kind, request, this.#now());
    this.#book.calls.push({ at, kind, ...served });
    return corrupt(outage, response, slowSeconds);
  }
}
