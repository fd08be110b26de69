import { createHash } from 'node:crypto';
import type { CachedToken } from './cache-policy.ts';
import { type CredentialLocation, noTokenError, paused, readFailedError } from './error-messages.ts';
import { SourceError } from './errors.ts';
import { NO_STATE, type ReadState, readState } from './read-state.ts';
import type { ParameterSource } from './source.ts';

export interface ParametersSettings {
  readonly credential: string;
  readonly prefix: string;
  readonly source: ParameterSource;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** The timeout of one read, in milliseconds. */
  readonly timeout: number;
}

/** The refresher writes the token first and the state some milliseconds later. In milliseconds. */
const MISMATCH_WAIT = 250;
/** After AWS denied access to the state, only the token is read for this time, in milliseconds. */
const STATE_DENIED_PAUSE = 5 * 60_000;

/** The token and state parameters of one credential. */
export class CredentialParameters {
  readonly #settings: ParametersSettings;
  #stateDeniedAt: number | undefined;

  constructor(settings: ParametersSettings) {
    this.#settings = settings;
  }

  get location(): CredentialLocation {
    const { credential, prefix, source } = this.#settings;
    return { credential, prefix, region: source.region };
  }

  /**
   * The time of AWS in epoch milliseconds, if the SDK has measured the difference to the clock of this
   * machine.
   */
  now(): number {
    return this.#settings.now() + (this.#settings.source.clockOffset ?? 0);
  }

  /**
   * Reads the token with its facts. A token and a state of different generations are read once more. If they
   * still differ, the token is the newer one, and it is returned without facts.
   * @throws TokenReaderError
   */
  async read(): Promise<CachedToken> {
    const first = await this.#readOnce();
    if (!first.isMismatch) return first.entry;
    await this.#settings.wait(MISMATCH_WAIT);
    const { isMismatch, entry } = await this.#readOnce();
    return isMismatch ? { ...entry, facts: undefined } : entry;
  }

  async #readOnce(): Promise<{ readonly entry: CachedToken; readonly isMismatch: boolean }> {
    const { token, state } = await this.#parameters();
    if (state.paused) throw paused(this.location);
    if (token === undefined) throw noTokenError(this.location, state.unconfigured);
    const now = this.now();
    const { facts, awaitsExpiry } = state;
    const isMismatch = facts !== undefined && facts.fingerprint !== fingerprint(token);
    const dead = state.dead && !isMismatch;
    return { entry: { token, facts, dead, awaitsExpiry, readAt: now, triedAt: now }, isMismatch };
  }

  async #parameters(): Promise<{ readonly token: string | undefined; readonly state: ReadState }> {
    const [token, state] = ['token', 'state'].map((name) => this.#name(name)) as [string, string];
    try {
      if (this.#isStateDenied()) return { token: (await this.#get([token])).get(token), state: NO_STATE };
      const values = await this.#getBoth(token, state);
      return { token: values.get(token), state: readState(values.get(state)) };
    } catch (error) {
      if (error instanceof SourceError) throw readFailedError(this.location, error);
      throw error;
    }
  }

  /**
   * Reads both parameters. AWS denies this call if the role may not read the state. In this case only the
   * token is read.
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
