import type { Random } from '../random.ts';

const SECOND = 1000;

/** A quota of calls per second, of which other programs may use a part. */
export class CallQuota {
  readonly limit: number;
  /** The number of calls by other programs, per second. */
  readonly #others: number;
  readonly #random: Random;
  #second = 0;
  #used = 0;
  #requested = 0;
  /** The number of calls that the quota allows the simulated account in the current second. */
  #left: number;
  /** The probability that the quota serves a call of the simulated account in the current second. */
  #probability = 1;
  throttled = 0;
  /** The maximum number of served calls in one second, including the calls of other programs. */
  peak = 0;
  /** The maximum number of served calls in one minute, including the calls of other programs. */
  busiestMinute = 0;
  #minute = 0;
  #inMinute = 0;

  constructor(limit: number, random: Random, others = 0) {
    this.limit = limit;
    this.#random = random;
    this.#others = others;
    this.#left = limit;
  }

  /**
   * Makes a call at the instant `now`, in milliseconds. `now` must not be earlier than in the previous call.
   * @returns whether the quota serves the call
   */
  take(now: number): boolean {
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) this.#startSecond(second);
    this.#requested += 1;
    if (this.#used >= this.#left || (this.#probability < 1 && !this.#random.chance(this.#probability))) {
      this.throttled += 1;
      return false;
    }
    this.#used += 1;
    this.#inMinute += 1;
    this.peak = Math.max(this.peak, this.#used + this.limit - this.#left);
    this.busiestMinute = Math.max(this.busiestMinute, this.#inMinute);
    return true;
  }

  /**
   * Throttling is random: all calls in a second are served with the same probability, which depends on the
   * number of calls in the previous second.
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
    const demand = this.#others + ownRequests;
    const isQuotaUncontended = this.#others === 0 || demand <= this.limit;
    this.#probability = isQuotaUncontended ? 1 : this.limit / demand;
    this.#left = isQuotaUncontended
      ? this.limit - this.#others
      : Math.ceil((this.limit * ownRequests) / demand);
  }
}
