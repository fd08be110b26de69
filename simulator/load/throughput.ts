import type { Random } from '../random.ts';

const SECOND = 1000;

/** One quota: so many a second, counted by the clock's seconds. Calls of other programs take their share. */
export class Throughput {
  readonly limit: number;
  /** Calls of other programs that arrive, a second. */
  readonly #others: number;
  readonly #random: Random;
  #second = 0;
  #taken = 0;
  #asked = 0;
  /** What is left for us in this second, and how likely a call is served while others want more than there is. */
  #left: number;
  #luck = 1;
  /** Served, ours. */
  served = 0;
  refused = 0;
  /** Most that were served in a second, the others' calls included. */
  peak = 0;
  /** The same in a minute. */
  busiestMinute = 0;
  #minute = 0;
  #inMinute = 0;

  constructor(limit: number, random: Random, others = 0) {
    this.limit = limit;
    this.#random = random;
    this.#others = others;
    this.#left = limit;
  }

  /** Counts anew. */
  reset(): void {
    this.served = 0;
    this.refused = 0;
    this.peak = 0;
    this.busiestMinute = 0;
  }

  /** Whether a call at that time (milliseconds) is served; time must not go back. */
  take(now: number): boolean {
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) this.#begin(second);
    this.#asked += 1;
    if (this.#taken >= this.#left || (this.#luck < 1 && !this.#random.chance(this.#luck))) {
      this.refused += 1;
      return false;
    }
    this.#taken += 1;
    this.served += 1;
    this.#inMinute += 1;
    this.peak = Math.max(this.peak, this.#taken + this.limit - this.#left);
    this.busiestMinute = Math.max(this.busiestMinute, this.#inMinute);
    return true;
  }

  /** Throttling is blind: each call has the same chance, judged by what was asked for in the second before. */
  #begin(second: number): void {
    const ours = second === this.#second + 1 ? Math.max(1, this.#asked) : 1;
    this.#second = second;
    if (Math.floor(second / 60) !== this.#minute) {
      this.#minute = Math.floor(second / 60);
      this.#inMinute = 60 * Math.min(this.#others, this.limit);
    }
    this.#taken = 0;
    this.#asked = 0;
    const wanted = this.#others + ours;
    const enough = this.#others === 0 || wanted <= this.limit;
    this.#luck = enough ? 1 : this.limit / wanted;
    this.#left = enough ? this.limit - this.#others : Math.ceil((this.limit * ours) / wanted);
  }
}
