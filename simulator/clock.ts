/** The only source of time for the simulators, in epoch milliseconds. */
export interface SimulatorClock {
  now(): number;
}

/**
 * A clock that stands still until it is set. A worker thread shares its time with `new ManualClock(buffer)`.
 */
export class ManualClock implements SimulatorClock {
  /** The shared memory that contains the time. */
  readonly buffer: SharedArrayBuffer;
  readonly #cell: Float64Array;

  /** @param start the first instant in epoch milliseconds, or the buffer of a shared clock */
  constructor(start: number | SharedArrayBuffer) {
    this.buffer = typeof start === 'number' ? new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT) : start;
    this.#cell = new Float64Array(this.buffer);
    if (typeof start === 'number') this.set(start);
  }

  now(): number {
    return this.#cell[0] ?? 0;
  }

  /** May set an earlier time. */
  set(instant: number): void {
    if (!Number.isFinite(instant))
      throw new RangeError(`the instant of a clock must be finite, got ${instant}`);
    this.#cell[0] = instant;
  }

  advance(milliseconds: number): void {
    this.set(this.now() + milliseconds);
  }
}
