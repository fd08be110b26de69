/** The only source of time for the simulators, in epoch milliseconds. */
export interface SimulatorClock {
  now(): number;
}

/**
 * A clock whose time changes only when it is set. In a worker thread, `new ManualClock(buffer)` creates a
 * clock with the same time.
 */
export class ManualClock implements SimulatorClock {
  /** The shared memory in which this clock stores its time. */
  readonly buffer: SharedArrayBuffer;
  readonly #cell: Float64Array;

  /** @param start the initial time in epoch milliseconds, or the buffer of another clock */
  constructor(start: number | SharedArrayBuffer) {
    this.buffer = typeof start === 'number' ? new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT) : start;
    this.#cell = new Float64Array(this.buffer);
    if (typeof start === 'number') this.set(start);
  }

  now(): number {
    return this.#cell[0] ?? 0;
  }

  /** Sets the time, which may be earlier than the previous time. */
  set(instant: number): void {
    this.#cell[0] = instant;
  }

  advance(milliseconds: number): void {
    this.set(this.now() + milliseconds);
  }
}
