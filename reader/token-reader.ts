import { type CachedToken, type CacheLimits, isUsable } from './cache-policy.ts';
import { CredentialParameters, type CredentialParametersSettings } from './credential-parameters.ts';
import { expiredError, expiresTooSoonError, notReplacedError } from './error-messages.ts';
import { ReportFailedError, TokenReaderError } from './errors.ts';
import type { TokenRecord } from './read-state.ts';
import { type BrokerName, isTokenRejection } from './rejection.ts';
import type { Reporter } from './report.ts';
import { TokenCache, timeUntilExpiry } from './token-cache.ts';

export interface TokenReaderSettings extends CredentialParametersSettings {
  readonly reporter?: Reporter | undefined;
  readonly broker?: BrokerName | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly limits: CacheLimits;
  readonly onReportError?: ((error: unknown) => void) | undefined;
}

/** A live token. Only `value` is present if the role has no permission to read the state parameter. */
export interface Token extends Partial<TokenRecord> {
  readonly value: string;
}

/** A live token. Only `token` is present if the role has no permission to read the state parameter. */
export interface TokenFacts {
  readonly token: string;
  readonly expiresAt?: Date | undefined;
  readonly generation?: number | undefined;
}

export interface GetOptions {
  /** The minimum time until the returned token expires, in milliseconds. @default 0 */
  readonly minRemaining?: number;
  readonly signal?: AbortSignal;
}

/** The minimum time between two reports of the same token, in milliseconds. */
const REPORT_INTERVAL = 5 * 60_000;

/** Returns the current token of one credential. Create a reader with `createTokenReader`. */
export class TokenReader {
  readonly #settings: TokenReaderSettings;
  readonly #parameters: CredentialParameters;
  readonly #cache: TokenCache;
  #reported: { readonly generation: number; readonly at: number } | undefined;

  constructor(settings: TokenReaderSettings) {
    this.#settings = settings;
    this.#parameters = new CredentialParameters(settings);
    this.#cache = new TokenCache(this.#parameters, settings.limits);
  }

  /**
   * Returns the current token. The method reads Parameter Store only when the token may have changed.
   * Concurrent calls share one read.
   * @throws TokenReaderError if there is no live token; the reason of the signal if the signal is aborted
   */
  async get({ minRemaining = 0, signal }: GetOptions = {}): Promise<Token> {
    signal?.throwIfAborted();
    const now = this.#parameters.now();
    const cachedToken = this.#cache.current(minRemaining, now);
    // This method contains no `await`, so that a call with a cached token allocates less memory.
    return cachedToken === undefined
      ? this.#cache.read(signal).then((entry) => this.#usable(entry, minRemaining, this.#parameters.now()))
      : this.#usable(cachedToken, minRemaining, now);
  }

  /** Returns the value of an `Authorization` header with the current token. @throws the errors of `get` */
  async authorization(options?: GetOptions): Promise<string> {
    return `Bearer ${(await this.get(options)).value}`;
  }

  /** Returns the current token with its expiry and its generation. @throws the errors of `get` */
  async facts(options?: GetOptions): Promise<TokenFacts> {
    const { value, expiresAt, generation } = await this.get(options);
    return { token: value, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt), generation };
  }

  /**
   * Returns the token to use after the broker rejected `deadToken`, for programs that do not use `fetch` of
   * this class. The method reads the parameters at most once in two seconds. If no other token is published,
   * the method reports the rejected token.
   * @throws NotReplacedError if no other token is published; the errors of `get`
   */
  async replaced(deadToken: string, { signal }: Pick<GetOptions, 'signal'> = {}): Promise<Token> {
    try {
      const entry = await this.#cache.readReplacement(deadToken, signal);
      const token = this.#usable(entry, 0, this.#parameters.now());
      if (token.value !== deadToken) return token;
      throw notReplacedError(this.#parameters.location);
    } catch (error) {
      // The cache of a paused credential contains no token, so the reader sends no report.
      const generation = this.#cache.generationOf(deadToken);
      if (error instanceof TokenReaderError) await this.#reportRejection(generation);
      throw error;
    }
  }

  /**
   * Reports that the broker rejected the token with this generation. The refresher verifies the token. The
   * method sends at most one report per generation in five minutes.
   * @throws ReportFailedError if no report topic is known, or if the report could not be sent
   */
  async report(generation: number): Promise<void> {
    const { reporter, credential, timeout } = this.#settings;
    const now = this.#parameters.now();
    if (reporter === undefined)
      throw new ReportFailedError(`no report topic of "${credential}" is known: set the option report`);
    if (this.#reported?.generation === generation && now < this.#reported.at + REPORT_INTERVAL) return;
    this.#reported = { generation, at: now };
    try {
      await reporter.report(credential, generation, AbortSignal.timeout(timeout));
    } catch (cause) {
      this.#reported = undefined;
      const { message } = cause instanceof Error ? cause : { message: String(cause) };
      throw new ReportFailedError(`the report of "${credential}" could not be sent: ${message}`, { cause });
    }
  }

  /**
   * Sends a request with the `Authorization` header. If the broker rejects the token and a different token is
   * published, the method sends the request again, unless the body is a stream. If no different token is
   * published, the method reports the rejected token. The body of the returned response is unread.
   * @throws the errors of `get` and of the global `fetch`
   */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const options = init.signal ? { signal: init.signal } : {};
    const token = await this.get(options);
    const response = await this.#send(url, init, token);
    if (!(await isTokenRejection(response, this.#settings.broker))) return response;

    const next = await this.replaced(token.value, options).catch((error: unknown) => {
      if (error instanceof TokenReaderError) return undefined;
      throw error;
    });
    if (next === undefined || init.body instanceof ReadableStream) return response;
    await response.body?.cancel();
    const secondResponse = await this.#send(url, init, next);
    if (await isTokenRejection(secondResponse, this.#settings.broker))
      await this.#reportRejection(next.generation);
    return secondResponse;
  }

  #send(url: string | URL, init: RequestInit, { value }: Token): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${value}`);
    return this.#settings.fetch(url, { ...init, headers });
  }

  /** Sends a report. The method throws no error, because an error would replace the broker's response. */
  async #reportRejection(generation: number | undefined): Promise<void> {
    if (generation === undefined || this.#settings.reporter === undefined) return;
    try {
      await this.report(generation);
    } catch (error) {
      this.#settings.onReportError?.(error);
    }
  }

  #usable(entry: CachedToken, minRemaining: number, now: number): Token {
    if (!isUsable(entry, now)) throw expiredError(this.#parameters.location, entry, now);
    const timeLeft = timeUntilExpiry(entry, now);
    if (timeLeft < minRemaining) throw expiresTooSoonError(this.#parameters.location, timeLeft, minRemaining);
    return { value: entry.token, ...entry.facts };
  }
}
