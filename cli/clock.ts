import { setTimeout } from 'node:timers/promises';

/** The clock of a command, in epoch milliseconds. All other code receives the time as an argument. */
export interface CliClock {
  now(): number;
  /**
   * Resolves at `instant`, or at once if `instant` is in the past.
   * @throws AbortError after an interruption
   */
  sleepUntil(instant: number, signal: AbortSignal): Promise<void>;
}

/**
 * The longest delay of one timer, in milliseconds. The clock is read again after each timer, because a
 * Node.js timer is limited to 2^31 − 1 ms, and does not run while the machine is asleep.
 */
const MAX_TIMER_DELAY = 60_000;

export const cliClock: CliClock = {
  now: () => Date.now(),
  sleepUntil: async (instant, signal) => {
    for (let left = instant - Date.now(); left > 0; left = instant - Date.now())
      await setTimeout(Math.min(left, MAX_TIMER_DELAY), undefined, { signal });
    signal.throwIfAborted();
  },
};
