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

/** A model of the fleet monitor, which reads the states of all fleet credentials and pauses between calls. */
export class SimulatedFleetMonitor {
  failed = 0;
  /** The duration of the longest completed run, in milliseconds. */
  longestRun = 0;
  readonly #account: Account;
  readonly #calls: number;

  constructor(account: Account, credentials: number) {
    this.#account = account;
    this.#calls = Math.ceil(credentials / CREDENTIALS_PER_CALL);
  }

  async run(): Promise<void> {
    const account = this.#account;
    const start = account.timeline.now;
    const from = createContainer();
    for (let call = 0; call < this.#calls; call += 1) {
      const isTimedOut = account.timeline.now - start > FUNCTION_TIMEOUT;
      if (isTimedOut || !(await account.call(account.reads, LATENCY.list, from, MAX_ATTEMPTS))) {
        this.failed += 1;
        return;
      }
      await account.wait(PAUSE_BETWEEN_CALLS);
    }
    this.longestRun = Math.max(this.longestRun, account.timeline.now - start);
  }
}
