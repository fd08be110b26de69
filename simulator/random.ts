import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export const MAX_SEED = 2 ** 31 - 1;

/** A generator of random numbers that depend only on a seed and a stream number. */
export class Random {
  readonly #generator: RandomGenerator;

  /**
   * @param stream the number of the random stream; each kind of event uses its own stream, so that more
   *   events of one kind do not change the random numbers of another kind
   */
  constructor(seed: number, stream: number) {
    this.#generator = xoroshiro128plus(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
  }

  /** Returns a uniformly distributed number in [0, 1). */
  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  between(from: number, to: number): number {
    return from + this.uniform() * (to - from);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.uniform() * values.length)] ?? values[0];
  }

  /** Returns an exponentially distributed number, such as the time between two random events. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Returns a log-normally distributed number. @param sigma standard deviation of the logarithm */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
    return median * Math.exp(sigma * normal);
  }
}
