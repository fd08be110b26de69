import type { Timeline } from '../timeline.ts';
import { type Account, container, LATENCY } from './account.ts';

/** Config and state of each credential, ten parameters a call (lambdas/store/list-credentials.ts). */
const CREDENTIALS_A_CALL = 5;
const BETWEEN_CALLS = 100;
/** As its client is made (lambdas/fleet-monitor/handler.ts). */
const ATTEMPTS = 8;
const TIMEOUT = 5 * 60_000;

/** The function that reads how all added credentials stand: one call after the other, with a pause between them, at every interval. */
export class SimulatedFleetMonitor {
  held = 0;
  failed = 0;
  /** Longest of those that were held, milliseconds. */
  longest = 0;
  readonly #timeline: Timeline;
  readonly #account: Account;
  readonly #calls: number;

  constructor(timeline: Timeline, account: Account, credentials: number) {
    this.#timeline = timeline;
    this.#account = account;
    this.#calls = Math.ceil(credentials / CREDENTIALS_A_CALL);
  }

  /** @param interval milliseconds */
  start(interval: number): void {
    const timeline = this.#timeline;
    timeline.plan(timeline.now + interval / 2, () => {
      this.#hold();
      timeline.plan(timeline.now + interval / 2, () => this.start(interval));
    });
  }

  reset(): void {
    this.held = 0;
    this.failed = 0;
    this.longest = 0;
  }

  #hold(): void {
    const timeline = this.#timeline;
    const account = this.#account;
    const begun = timeline.now;
    const from = container();
    const next = (left: number): void => {
      const late = timeline.now - begun;
      if (left === 0) {
        this.held += 1;
        this.longest = Math.max(this.longest, late);
        return;
      }
      if (late > TIMEOUT) {
        this.failed += 1;
        return;
      }
      const done = (served: boolean): void => {
        if (served) timeline.plan(timeline.now + BETWEEN_CALLS, () => next(left - 1));
        else this.failed += 1;
      };
      account.call(account.reads, { latency: LATENCY.list, attempts: ATTEMPTS }, from, done);
    };
    next(this.#calls);
  }
}
