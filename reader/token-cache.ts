import {
  type CachedToken,
  type CacheLimits,
  isUsable,
  isUsableWhenStale,
  nextReadAt,
  POLL_INTERVAL_WITHOUT_TOKEN,
} from './cache-policy.ts';
import type { CredentialParameters } from './credential-parameters.ts';
import { PausedError, TokenReaderError, UnavailableError } from './errors.ts';

/** Caches the last token that was read. Concurrent calls share one read of Parameter Store. */
export class TokenCache {
  readonly #parameters: CredentialParameters;
  readonly #limits: CacheLimits;
  #entry: CachedToken | undefined;
  #reading: Promise<CachedToken> | undefined;
  /**
   * The error of the last read and its time; `UnavailableError` is not stored. The cache throws the error
   * again for two seconds, so that a program that calls the reader in a loop does not cause a read with each
   * call.
   */
  #failure: { readonly error: TokenReaderError; readonly at: number } | undefined;
  /** The last read that was made because the broker rejected a token. */
  #replacementRead: { readonly deadToken: string; readonly at: number } | undefined;

  constructor(parameters: CredentialParameters, limits: CacheLimits) {
    this.#parameters = parameters;
    this.#limits = limits;
  }

  /** Returns the cached token (even a dead or expired token), or undefined if a new read is necessary. */
  current(minRemaining: number, now: number): CachedToken | undefined {
    const entry = this.#entry;
    if (entry === undefined || now >= nextReadAt(entry, this.#limits, now)) return undefined;
    // If the cached token expires too soon, the reader reads again, because the token may be renewed already.
    const expiresTooSoon = isUsable(entry, now) && timeUntilExpiry(entry, now) < minRemaining;
    const mayReadAgain = !entry.awaitsExpiry && now >= entry.triedAt + this.#limits.pollInterval;
    return expiresTooSoon && mayReadAgain ? undefined : entry;
  }

  /**
   * Returns the published token after the broker rejected `deadToken`. The result is `deadToken` if no other
   * token is published. Calls with the same rejected token cause at most one read in two seconds.
   * @throws TokenReaderError
   */
  readReplacement(deadToken: string, signal: AbortSignal | undefined): Promise<CachedToken> | CachedToken {
    const now = this.#parameters.now();
    const entry = this.#entry;
    if (entry !== undefined && entry.token !== deadToken && isUsable(entry, now)) return entry;
    const wasJustRead = isRecent(this.#replacementRead, now) && this.#replacementRead.deadToken === deadToken;
    if (entry !== undefined && wasJustRead && this.#reading === undefined) return entry;
    this.#replacementRead = { deadToken, at: now };
    return this.read(signal);
  }

  /** Returns the generation of a token, or undefined if the token is not cached or its state is unknown. */
  generationOf(token: string): number | undefined {
    return this.#entry?.token === token ? this.#entry.facts?.generation : undefined;
  }

  /**
   * Reads the token. The signal of one caller does not abort the read, because other callers may share the
   * read.
   * @throws TokenReaderError
   */
  read(signal: AbortSignal | undefined): Promise<CachedToken> {
    if (isRecent(this.#failure, this.#parameters.now())) return Promise.reject(this.#failure.error);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return signal ? rejectOnAbort(this.#reading, signal) : this.#reading;
  }

  async #read(): Promise<CachedToken> {
    try {
      const entry = await this.#parameters.read();
      // The facts of a token do not change, so the cached facts stay valid while the state is not readable.
      const facts = entry.facts ?? (this.#entry?.token === entry.token ? this.#entry.facts : undefined);
      this.#entry = { ...entry, facts };
      this.#failure = undefined;
      return this.#entry;
    } catch (error) {
      return this.#afterFailure(error);
    }
  }

  /**
   * Returns the cached token after a failed read, or throws the error of the read if the token is no longer
   * usable. If the credential is paused, the token was revoked and is not usable.
   */
  #afterFailure(error: unknown): CachedToken {
    const now = this.#parameters.now();
    const entry = this.#entry;
    const isPaused = error instanceof PausedError;
    if (entry !== undefined && !isPaused && isUsableWhenStale(entry, now)) {
      this.#entry = { ...entry, triedAt: now };
      return this.#entry;
    }
    if (isPaused) this.#entry = undefined;
    if (error instanceof TokenReaderError && !(error instanceof UnavailableError))
      this.#failure = { error, at: now };
    throw error;
  }
}

/** Returns the time until the token expires, in milliseconds, or infinity if the expiry is unknown. */
export function timeUntilExpiry({ facts }: CachedToken, now: number): number {
  return facts === undefined ? Number.POSITIVE_INFINITY : facts.expiresAt - now;
}

/**
 * Returns whether the event happened in the last two seconds. The result is false if the time of the event is
 * in the future, because the clock was set back.
 */
function isRecent<T extends { readonly at: number }>(event: T | undefined, now: number): event is T {
  return event !== undefined && event.at <= now && now < event.at + POLL_INTERVAL_WITHOUT_TOKEN;
}

function rejectOnAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
