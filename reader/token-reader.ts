import { createHash } from 'node:crypto';
import {
  type CachedToken,
  type CacheLimits,
  isUsable,
  nextReadAt,
  POLL_INTERVAL_WITHOUT_TOKEN,
  usableWhenStale,
} from './cache-policy.ts';
import { errors, missingToken } from './errors.ts';
import { type BrokerName, isTokenRejection } from './rejection.ts';
import type { Reporter } from './report.ts';
import { type ParameterSource, SourceError } from './source.ts';
import { type ReadState, readState, type TokenFacts } from './token-facts.ts';
import { TokenReaderError } from './token-reader-error.ts';

export interface TokenReaderSettings {
  readonly credential: string;
  readonly prefix: string;
  readonly source: ParameterSource;
  readonly reporter?: Reporter | undefined;
  readonly broker?: BrokerName | undefined;
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly fetch: typeof globalThis.fetch;
  readonly cacheLimits: CacheLimits;
  /** For one read of the parameters, milliseconds. */
  readonly timeout: number;
  readonly onReportError?: ((error: unknown) => void) | undefined;
}

/** A living token, and what is known of it. Absent facts: the role may not read the state. */
export interface Token extends Partial<TokenFacts> {
  readonly value: string;
}

export interface GetOptions {
  /** How long the token must live at least, milliseconds. @default 0 */
  readonly minRemaining?: number;
  readonly signal?: AbortSignal;
}

/** Between the write of a token and that of its state lie some milliseconds. */
const MISMATCH_WAIT = 250;
const REPORT_EVERY = 5 * 60_000;

/** Hands out the current token of one credential. Made by `createTokenReader`. */
export class TokenReader {
  readonly #settings: TokenReaderSettings;
  #entry: CachedToken | undefined;
  #reading: Promise<CachedToken> | undefined;
  #withState = true;
  /** What was answered instead of a token; it holds for a moment, so that a program in a loop does not read in a loop. */
  #refusal: { readonly error: TokenReaderError; readonly at: number } | undefined;
  /** The token that a broker took for dead, when it was looked for a newer one the last time. */
  #readInstead: { readonly token: string; readonly at: number } | undefined;
  #reported: { readonly generation: number; readonly at: number } | undefined;

  constructor(settings: TokenReaderSettings) {
    this.#settings = settings;
  }

  /**
   * The current token. Reads Parameter Store only when something may have changed; calls at the same time share one read.
   * @throws TokenReaderError without a living token; the signal's reason when aborted
   */
  async get({ minRemaining = 0, signal }: GetOptions = {}): Promise<Token> {
    signal?.throwIfAborted();
    const entry = this.#entry;
    const now = this.#now();
    if (entry !== undefined && !this.#mayHaveChanged(entry, minRemaining, now))
      return this.#handOut(entry, minRemaining);
    return this.#handOut(await this.#readShared(signal), minRemaining);
  }

  /** The value of an `Authorization` header. @throws as `get` */
  async authorization(options?: GetOptions): Promise<string> {
    return `Bearer ${(await this.get(options)).value}`;
  }

  /**
   * `fetch` with the `Authorization` header set. When the broker says that the token is dead, the parameters are read once
   * more, and if there is a newer token the request is sent once more with it (unless its body was a stream, which cannot
   * be sent twice); a token that is still dead is reported, if that was granted. The response is the broker's, unread.
   * @throws as `get`, and whatever `fetch` throws
   */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const options = init.signal ? { signal: init.signal } : {};
    const token = await this.get(options);
    const response = await this.#send(url, init, token);
    if (!(await isTokenRejection(response, this.#settings.broker))) return response;

    const next = await this.#newerThan(token, options.signal);
    if (next === undefined || init.body instanceof ReadableStream) {
      await this.#report(token);
      return response;
    }
    await response.body?.cancel();
    const second = await this.#send(url, init, next);
    if (await isTokenRejection(second, this.#settings.broker)) await this.#report(next);
    return second;
  }

  #mayHaveChanged(entry: CachedToken, minRemaining: number, now: number): boolean {
    const { cacheLimits } = this.#settings;
    if (now >= nextReadAt(entry, cacheLimits, now)) return true;
    // It may have been renewed ahead of its time; not asked for more often than at a renewal.
    return remaining(entry, now) < minRemaining && now >= entry.triedAt + cacheLimits.pollInterval;
  }

  #send(url: string | URL, init: RequestInit, { value }: Token): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${value}`);
    return this.#settings.fetch(url, { ...init, headers });
  }

  async #newerThan({ value }: Token, signal: AbortSignal | undefined): Promise<Token | undefined> {
    try {
      const entry = await this.#readInsteadOf(value, signal);
      return entry.token !== value && isUsable(entry, this.#now()) ? this.#handOut(entry, 0) : undefined;
    } catch (error) {
      if (error instanceof TokenReaderError) return undefined;
      throw error;
    }
  }

  /** A program that goes on with a dead token must not read at each answer: the refresher needs Parameter Store now. */
  #readInsteadOf(token: string, signal: AbortSignal | undefined): Promise<CachedToken> | CachedToken {
    const now = this.#now();
    const known = this.#entry;
    const justRead = isFresh(this.#readInstead, now) && this.#readInstead.token === token && !this.#reading;
    if (known !== undefined && (known.token !== token || justRead)) return known;
    this.#readInstead = { token, at: now };
    return this.#readShared(signal);
  }

  /** One report per generation and five minutes; that it fails must not cost the caller the broker's answer. */
  async #report({ generation }: Token): Promise<void> {
    const { reporter, credential, timeout, onReportError } = this.#settings;
    const now = this.#now();
    if (reporter === undefined || generation === undefined) return;
    if (this.#reported?.generation === generation && now < this.#reported.at + REPORT_EVERY) return;
    this.#reported = { generation, at: now };
    try {
      await reporter.report(credential, generation, AbortSignal.timeout(timeout));
    } catch (error) {
      this.#reported = undefined;
      onReportError?.(error);
    }
  }

  #handOut(entry: CachedToken, minRemaining: number): Token {
    const now = this.#now();
    if (!isUsable(entry, now)) throw errors.expired(this.#settings, entry, now);
    const left = remaining(entry, now);
    if (left < minRemaining) throw errors.tooShort(this.#settings, left, minRemaining);
    return { value: entry.token, ...entry.facts };
  }

  /** Reads, together with whoever reads now. One caller's abort ends its own waiting only. */
  #readShared(signal: AbortSignal | undefined): Promise<CachedToken> {
    if (isFresh(this.#refusal, this.#now())) return Promise.reject(this.#refusal.error);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return signal ? unlessAborted(this.#reading, signal) : this.#reading;
  }

  async #read(): Promise<CachedToken> {
    const { cacheLimits } = this.#settings;
    const before = this.#entry;
    try {
      const entry = await this.#readWhole();
      this.#entry = entry;
      this.#refusal = undefined;
      return entry;
    } catch (error) {
      const now = this.#now();
      const readerError = error instanceof TokenReaderError ? error : undefined;
      // An operator who pauses is no trouble: that rules.
      if (
        before !== undefined &&
        usableWhenStale(before, cacheLimits, now) &&
        readerError?.code !== 'Paused'
      ) {
        this.#entry = { ...before, triedAt: now };
        return this.#entry;
      }
      if (readerError !== undefined && readerError.code !== 'Unavailable')
        this.#refusal = { error: readerError, at: now };
      throw error;
    }
  }

  /** A token and a state of different generations are read once more; the token goes first, so it is the newer one. */
  async #readWhole(): Promise<CachedToken> {
    const first = await this.#readOnce();
    if (!first.mismatched) return first.entry;
    await this.#settings.wait(MISMATCH_WAIT);
    const second = await this.#readOnce();
    return second.mismatched ? { ...second.entry, facts: undefined } : second.entry;
  }

  async #readOnce(): Promise<{ readonly entry: CachedToken; readonly mismatched: boolean }> {
    const { values, state } = await this.#parameters();
    const token = values.get(this.#name('token'));
    if (state.paused) throw errors.paused(this.#settings);
    if (token === undefined) throw missingToken(this.#settings, state);
    const now = this.#now();
    const mismatched = state.facts !== undefined && state.facts.fingerprint !== fingerprint(token);
    return {
      entry: { token, facts: state.facts, dead: state.dead && !mismatched, readAt: now, triedAt: now },
      mismatched: mismatched,
    };
  }

  async #parameters(): Promise<{ readonly values: ReadonlyMap<string, string>; readonly state: ReadState }> {
    const { source, timeout } = this.#settings;
    const read = (names: readonly string[]) => source.read(names, AbortSignal.timeout(timeout));
    try {
      if (this.#withState) {
        const values = await read([this.#name('token'), this.#name('state')]);
        return { values, state: readState(values.get(this.#name('state'))) };
      }
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'access')
        throw errors.source(this.#settings, error);
      // Perhaps only the state is not granted: asked for in one call, both are refused.
      this.#withState = false;
    }
    try {
      return { values: await read([this.#name('token')]), state: readState(undefined) };
    } catch (error) {
      this.#withState = true;
      throw errors.source(this.#settings, error);
    }
  }

  #name(what: 'token' | 'state'): string {
    return `${this.#settings.prefix}/${this.#settings.credential}/${what}`;
  }

  /** By AWS's clock, as far as the SDK has noticed that this machine's is wrong. */
  #now(): number {
    return this.#settings.now() + (this.#settings.source.clockOffset ?? 0);
  }
}

/** Not older than a moment; nor of the future, of which a clock that was turned back may tell. */
function isFresh<T extends { readonly at: number }>(what: T | undefined, now: number): what is T {
  return what !== undefined && what.at <= now && now < what.at + POLL_INTERVAL_WITHOUT_TOKEN;
}

function remaining({ facts }: CachedToken, now: number): number {
  return facts === undefined ? Number.POSITIVE_INFINITY : facts.expiresAt - now;
}

function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 12);
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
