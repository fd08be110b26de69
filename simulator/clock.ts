/** The simulators' only source of time: epoch milliseconds. */
export interface SimulatorClock {
  now(): number;
}

/**
 * A clock that moves only when told to. Its one number lives in shared memory, so that a worker
 * thread given `buffer` (`new ManualClock(buffer)`) sees the very same time as the main thread.
 */
export class ManualClock implements SimulatorClock {
  /** Hand this to a worker thread (`workerData`). */
  readonly buffer: SharedArrayBuffer;
  readonly #cell: Float64Array;

  /** @param start first instant, epoch milliseconds; or the buffer of another clock, to share its time */
  constructor(start: number | SharedArrayBuffer) {
    this.buffer = typeof start === 'number' ? new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT) : start;
    this.#cell = new Float64Array(this.buffer);
    if (typeof start === 'number') this.set(start);
  }

  now(): number {
    return this.#cell[0] ?? 0;
  }

  /** May also go back: clocks do. */
  set(instant: number): void {
    if (!Number.isFinite(instant)) throw new RangeError(`a clock needs a finite instant, got ${instant}`);
    this.#cell[0] = instant;
  }

  advance(milliseconds: number): void {
    this.set(this.now() + milliseconds);
  }
}
