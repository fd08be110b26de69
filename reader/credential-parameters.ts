import { fingerprint } from '../lambdas/shared/fingerprint.ts';
import type { CachedToken } from './cache-policy.ts';
import {
  type CredentialLocation,
  noTokenError,
  parameterName,
  pausedError,
  readFailedError,
} from './error-messages.ts';
import { SourceError } from './errors.ts';
import { parseState } from './read-state.ts';
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
const STATE_RETRY_DELAY = 5 * 60_000;

/** Reads the token and state parameters of one credential. */
export class CredentialParameters {
  readonly #settings: CredentialParametersSettings;
  #stateDeniedAt = Number.NEGATIVE_INFINITY;

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
    const tokenName = parameterName(this.location, 'token');
    const stateName = parameterName(this.location, 'state');
    const values = await this.#values(tokenName, stateName);
    const token = values.get(tokenName);
    const { facts, awaitsExpiry, ...state } = parseState(values.get(stateName));
    if (state.paused) throw pausedError(this.location);
    if (token === undefined) throw noTokenError(this.location, state.unconfigured);
    const now = this.now();
    const isMismatch = facts !== undefined && facts.fingerprint !== fingerprint(token);
    const dead = state.dead && !isMismatch;
    return { entry: { token, facts, dead, awaitsExpiry, readAt: now, triedAt: now }, isMismatch };
  }

  /**
   * Reads both parameters in one call. AWS denies the call if the role has no permission to read the state.
   * The method then reads only the token.
   */
  async #values(token: string, state: string): Promise<ReadonlyMap<string, string>> {
    const { source, timeout } = this.#settings;
    const read = (...names: readonly string[]) => source.read(names, AbortSignal.timeout(timeout));
    try {
      const timeSinceDenial = this.now() - this.#stateDeniedAt;
      if (timeSinceDenial >= 0 && timeSinceDenial < STATE_RETRY_DELAY) return await read(token);
      return await read(token, state).catch(async (error: unknown) => {
        if (!(error instanceof SourceError) || error.kind !== 'access') throw error;
        const values = await read(token);
        this.#stateDeniedAt = this.now();
        return values;
      });
    } catch (error) {
      throw error instanceof SourceError ? readFailedError(this.location, error) : error;
    }
  }
}
