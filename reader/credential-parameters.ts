import { createHash } from 'node:crypto';
import type { CachedToken } from './cache-policy.ts';
import { type CredentialLocation, noTokenError, pausedError, readFailedError } from './error-messages.ts';
import { SourceError } from './errors.ts';
import { NO_STATE, type ParsedState, parseState } from './read-state.ts';
import type { ParameterSource } from './source.ts';

export interface CredentialParametersSettings {
  readonly credential: string;
  readonly prefix: string;
  readonly source: ParameterSource;
  /** Returns the current time in epoch milliseconds. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** The timeout of one read, in milliseconds. */
  readonly timeout: number;
}

/**
 * The time in milliseconds before the second read of a token and a state that do not match. The refresher
 * writes the token first and the state some milliseconds later.
 */
const MISMATCH_RETRY_DELAY = 250;
/** The time in milliseconds for which only the token is read after AWS denied access to the state. */
const STATE_DENIED_PAUSE = 5 * 60_000;

/** Reads the token and state parameters of one credential. */
export class CredentialParameters {
  readonly #settings: CredentialParametersSettings;
  #stateDeniedAt: number | undefined;

  constructor(settings: CredentialParametersSettings) {
    this.#settings = settings;
  }

  get location(): CredentialLocation {
    const { credential, prefix, source } = this.#settings;
    return { credential, prefix, region: source.region };
  }

  /**
   * Returns the current time in epoch milliseconds. If the SDK has measured the difference to the clock of
   * AWS, the result is the time of AWS.
   */
  now(): number {
    return this.#settings.now() + (this.#settings.source.clockOffset ?? 0);
  }

  /**
   * Reads the token and the facts in its state. If the token and the state belong to different generations,
   * the method reads both again. If the generations still differ, the method returns the token without facts,
   * because the token is newer than the state.
   * @throws TokenReaderError
   */
  async read(): Promise<CachedToken> {
    const first = await this.#readOnce();
    if (!first.isMismatch) return first.entry;
    await this.#settings.wait(MISMATCH_RETRY_DELAY);
    const { isMismatch, entry } = await this.#readOnce();
    return isMismatch ? { ...entry, facts: undefined } : entry;
  }

  async #readOnce(): Promise<{ readonly entry: CachedToken; readonly isMismatch: boolean }> {
    const { token, state } = await this.#parameters();
    if (state.paused) throw pausedError(this.location);
    if (token === undefined) throw noTokenError(this.location, state.unconfigured);
    const now = this.now();
    const { facts, awaitsExpiry } = state;
    const isMismatch = facts !== undefined && facts.fingerprint !== fingerprint(token);
    const dead = state.dead && !isMismatch;
    return { entry: { token, facts, dead, awaitsExpiry, readAt: now, triedAt: now }, isMismatch };
  }

  async #parameters(): Promise<{ readonly token: string | undefined; readonly state: ParsedState }> {
    const [token, state] = ['token', 'state'].map((name) => this.#name(name)) as [string, string];
    try {
      if (this.#isStateDenied()) return { token: (await this.#get([token])).get(token), state: NO_STATE };
      const parameterValues = await this.#getBoth(token, state);
      return { token: parameterValues.get(token), state: parseState(parameterValues.get(state)) };
    } catch (error) {
      if (error instanceof SourceError) throw readFailedError(this.location, error);
      throw error;
    }
  }

  /**
   * Reads both parameters in one call. AWS denies the call if the role has no permission to read the state.
   * The method then reads only the token.
   */
  async #getBoth(token: string, state: string): Promise<ReadonlyMap<string, string>> {
    try {
      return await this.#get([token, state]);
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'access') throw error;
      const values = await this.#get([token]);
      this.#stateDeniedAt = this.now();
      return values;
    }
  }

  #isStateDenied(): boolean {
    const since = this.now() - (this.#stateDeniedAt ?? Number.NEGATIVE_INFINITY);
    return since >= 0 && since < STATE_DENIED_PAUSE;
  }

  #get(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#settings.source.read(names, AbortSignal.timeout(this.#settings.timeout));
  }

  #name(name: string): string {
    return `${this.#settings.prefix}/${this.#settings.credential}/${name}`;
  }
}

function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 12);
}
