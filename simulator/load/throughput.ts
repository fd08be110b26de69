import type { Random } from '../random.ts';

const SECOND = 1000;

/** A quota of calls per second. Calls of other programs use a part of it. */
export class Throughput {
  readonly limit: number;
  /** Calls of other programs per second. */
  readonly #others: number;
  readonly #random: Random;
  #second = 0;
  #used = 0;
  #requested = 0;
  /**
   * The part of the quota that is left for our calls in this second, and the probability that one is served.
   */
  #left: number;
  #probability = 1;
  /** Our served calls. */
  served = 0;
  throttled = 0;
  /** The maximum number of calls served in one second, including those of other programs. */
  peak = 0;
  /** The same for one minute. */
  busiestMinute = 0;
  #minute = 0;
  #inMinute = 0;

  constructor(limit: number, random: Random, others = 0) {
    this.limit = limit;
    this.#random = random;
    this.#others = others;
    this.#left = limit;
  }

  /** Makes a call at an instant in milliseconds, which must never decrease. @returns whether it is served */
  take(now: number): boolean {
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) this.#startSecond(second);
    this.#requested += 1;
    if (this.#used >= this.#left || (this.#probability < 1 && !this.#random.chance(this.#probability))) {
      this.throttled += 1;
      return false;
    }
    this.#used += 1;
    this.served += 1;
    this.#inMinute += 1;
    this.peak = Math.max(this.peak, this.#used + this.limit - this.#left);
    this.busiestMinute = Math.max(this.busiestMinute, this.#inMinute);
    return true;
  }

  /**
   * Throttling is random: each call has the same probability, which depends on the demand in the previous
   * second.
   */
  #startSecond(second: number): void {
    const ownRequests = second === this.#second + 1 ? Math.max(1, this.#requested) : 1;
    this.#second = second;
    if (Math.floor(second / 60) !== this.#minute) {
      this.#minute = Math.floor(second / 60);
      this.#inMinute = 60 * Math.min(this.#others, this.limit);
    }
    this.#used = 0;
    this.#requested = 0;
    const wanted = this.#others + ownRequests;
    const isSufficient = this.#others === 0 || wanted <= this.limit;
    this.#probability = isSufficient ? 1 : this.limit / wanted;
    this.#left = isSufficient ? this.limit - this.#others : Math.ceil((this.limit * ownRequests) / wanted);
  }
}
