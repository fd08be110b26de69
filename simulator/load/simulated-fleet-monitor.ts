import type { Timeline } from '../timeline.ts';
import { type Account, createContainer, LATENCY } from './account.ts';

/**
 * One call returns ten parameters: the config and the state of five credentials
 * (lambdas/store/list-credentials.ts).
 */
const CREDENTIALS_PER_CALL = 5;
const PAUSE_BETWEEN_CALLS = 100;
/** The `maxAttempts` of the fleet monitor's AWS client (lambdas/fleet-monitor/handler.ts). */
const MAX_ATTEMPTS = 8;
const FUNCTION_TIMEOUT = 5 * 60_000;

/**
 * A model of the fleet monitor, which reads the states of all fleet credentials once per check interval and
 * pauses between the calls.
 */
export class SimulatedFleetMonitor {
  failed = 0;
  /** The duration of the longest completed run, in milliseconds. */
  longestRun = 0;
  readonly #timeline: Timeline;
  readonly #account: Account;
  readonly #calls: number;

  constructor(timeline: Timeline, account: Account, credentials: number) {
    this.#timeline = timeline;
    this.#account = account;
    this.#calls = Math.ceil(credentials / CREDENTIALS_PER_CALL);
  }

  /** @param interval the check interval, in milliseconds */
  start(interval: number): void {
    const timeline = this.#timeline;
    timeline.plan(timeline.now + interval / 2, () => {
      this.#run();
      timeline.plan(timeline.now + interval / 2, () => this.start(interval));
    });
  }

  #run(): void {
    const timeline = this.#timeline;
    const account = this.#account;
    const start = timeline.now;
    const from = createContainer();
    const read = (left: number): void => {
      const duration = timeline.now - start;
      if (left === 0) this.longestRun = Math.max(this.longestRun, duration);
      else if (duration > FUNCTION_TIMEOUT) this.failed += 1;
      else
        account.call(account.reads, { latency: LATENCY.list, maxAttempts: MAX_ATTEMPTS }, from, (served) => {
          if (served) timeline.plan(timeline.now + PAUSE_BETWEEN_CALLS, () => read(left - 1));
          else this.failed += 1;
        });
    };
    read(this.#calls);
  }
}
