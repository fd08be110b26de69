import { formatState } from '../../lambdas/store/state-codec.ts';
import { SourceError } from '../../reader/errors.ts';
import type { ParameterSource } from '../../reader/source.ts';
import type { YearWorld } from '../year/year-world.ts';

/** Reads that an account has a second, of all its programs together. Source: Systems Manager quotas, "Standard throughput". */
const READS_PER_SECOND = 40;
/** Each time the SDK asks once more it waits longer: told here by the number of tries. */
const TRIES = 3;

export interface StoreOutage {
  readonly from: number;
  readonly to: number;
}

/** Parameter Store of a life that has been lived: what a reader would have found at each instant, 40 times a second. */
export class RecordedStore {
  readonly #world: YearWorld;
  readonly #storeOutages: readonly StoreOutage[];
  #second = 0;
  #inSecond = 0;
  reads = 0;
  throttled = 0;

  constructor(world: YearWorld, storeOutages: readonly StoreOutage[]) {
    this.#world = world;
    this.#storeOutages = storeOutages;
  }

  /** What one consumer reads through; time is that of the simulation. */
  source(now: () => number, counted: () => void): ParameterSource {
    return {
      read: async (names) => {
        this.#ask(now(), counted);
        const found = new Map<string, string>();
        for (const name of names) {
          const value = name.endsWith('/token') ? this.token(now()) : this.#state(now());
          if (value !== undefined) found.set(name, value);
        }
        return found;
      },
    };
  }

  /** The token alone, or undefined if the read was not served. */
  readToken(now: number, counted: () => void): string | undefined {
    try {
      this.#ask(now, counted);
      return this.token(now);
    } catch {
      return undefined;
    }
  }

  token(now: number): string | undefined {
    return latest(this.#world.publications, now)?.token;
  }

  #state(now: number): string | undefined {
    const found = latest(this.#world.states, now);
    return found && formatState(found.state);
  }

  #ask(now: number, counted: () => void): void {
    if (this.#storeOutages.some(({ from, to }) => from <= now && now < to))
      throw new SourceError('unavailable', 'InternalServerError', 'simulated outage of Parameter Store');
    for (let tries = 0; tries < TRIES; tries += 1) {
      counted();
      this.reads += 1;
      const second = Math.floor(now / 1000) + tries;
      if (second > this.#second) {
        this.#second = second;
        this.#inSecond = 0;
      }
      this.#inSecond += 1;
      if (second < this.#second || this.#inSecond <= READS_PER_SECOND) return;
      this.throttled += 1;
    }
    throw new SourceError('unavailable', 'ThrottlingException', 'Rate exceeded');
  }
}

/** By bisection: the last one that was there at `now`. */
function latest<T extends { readonly at: number }>(history: readonly T[], now: number): T | undefined {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history[middle]?.at ?? 0) <= now) low = middle + 1;
    else high = middle;
  }
  return history[low - 1];
}
