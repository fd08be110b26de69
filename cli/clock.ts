import { setTimeout } from 'node:timers/promises';

/** The only clock of a command; all other code receives the time as an argument. Epoch milliseconds. */
export interface CliClock {
  now(): number;
  /** Resolves at `instant`, or at once if it has passed. @throws AbortError if the command is interrupted */
  sleepUntil(instant: number, signal: AbortSignal): Promise<void>;
}

/**
 * A timer of Node.js counts at most 2^31 − 1 ms and stops while the machine sleeps, so the clock is read
 * again after this time.
 */
const MAX_SLEEP = 60_000;

export const cliClock: CliClock = {
  now: () => Date.now(),
  sleepUntil: async (instant, signal) => {
    for (let left = instant - Date.now(); left > 0; left = instant - Date.now())
      await setTimeout(Math.min(left, MAX_SLEEP), undefined, { signal });
    signal.throwIfAborted();
  },
};
