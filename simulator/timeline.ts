import TinyQueue from 'tinyqueue';

const MINUTE = 60_000;

interface PlannedEvent {
  readonly at: number;
  readonly sequenceNumber: number;
  readonly act: () => unknown;
}

/**
 * The event loop of every simulation. Events run in the order of their time, and simultaneous events in the
 * order in which they were planned. Times are in epoch milliseconds.
 */
export class Timeline {
  readonly #queue = new TinyQueue<PlannedEvent>(
    [],
    (a, b) => a.at - b.at || a.sequenceNumber - b.sequenceNumber,
  );
  #now: number;
  #planned = 0;
  #isResumed = false;

  constructor(start: number) {
    this.#now = start;
  }

  get now(): number {
    return this.#now;
  }

  /** Plans an event. If `act` returns a promise, the next event waits until the promise is settled. */
  plan(at: number, act: () => unknown): void {
    this.#planned += 1;
    this.#queue.push({ at: Math.max(at, this.#now), sequenceNumber: this.#planned, act });
  }

  /** Returns a promise that resolves at the instant `at`. */
  until(at: number): Promise<void> {
    return new Promise((resolve) => this.plan(at, () => this.resume(resolve)));
  }

  /**
   * Settles a promise within an event, so that the code that awaits the promise runs before the next event.
   */
  resume(settle: () => void): void {
    this.#isResumed = true;
    settle();
  }

  /**
   * Runs all events up to `end`, or until `isDone` returns true. `isDone` is called once per simulated
   * minute.
   */
  async run(end: number, isDone: () => boolean = () => false): Promise<void> {
    let checkAt = this.#now;
    for (let next = this.#queue.peek(); next !== undefined && next.at <= end; next = this.#queue.peek()) {
      if (next.at >= checkAt) {
        if (isDone()) return;
        checkAt = next.at + MINUTE;
      }
      this.#queue.pop();
      this.#now = next.at;
      const result = next.act();
      if (result instanceof Promise) await result;
      if (this.#isResumed) {
        this.#isResumed = false;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    this.#now = Math.max(this.#now, end);
  }
}
