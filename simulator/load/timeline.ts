const MINUTE = 60_000;

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/** Simulated time for many things at once: what is planned happens in order of time, and of planning. Milliseconds. */
export class Timeline {
  readonly #heap: Planned[] = [];
  #now: number;
  #planned = 0;
  /** A promise was settled: what waits for it has to run before time goes on. */
  #woke = false;

  constructor(start: number) {
    this.#now = start;
  }

  get now(): number {
    return this.#now;
  }

  plan(at: number, act: () => void): void {
    this.#planned += 1;
    this.#push({ at: Math.max(at, this.#now), order: this.#planned, act });
  }

  /** Resolves at that time. */
  until(at: number): Promise<void> {
    return new Promise((resolve) => this.plan(at, () => this.wake(resolve)));
  }

  /** Settles a promise from within a plan. */
  wake(settle: () => void): void {
    this.#woke = true;
    settle();
  }

  /** Lets things happen until that time, or until `enough`, which is asked once a simulated minute. */
  async run(end: number, enough: () => boolean = () => false): Promise<void> {
    let askAt = this.#now;
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      if (next.at >= askAt) {
        if (enough()) return;
        askAt = next.at + MINUTE;
      }
      this.#pop();
      this.#now = next.at;
      next.act();
      if (this.#woke) {
        this.#woke = false;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    this.#now = Math.max(this.#now, end);
  }

  #push(entry: Planned): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (other === undefined || !before(entry, other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let least = heap[below];
      if (least === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && before(right, least)) {
        least = right;
        below += 1;
      }
      if (!before(least, last)) break;
      heap[at] = least;
      at = below;
    }
    heap[at] = last;
  }
}

function before(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
