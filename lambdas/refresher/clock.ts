import { setTimeout } from 'node:timers/promises';

/** All times are epoch milliseconds. The functions in lambdas/decision receive the time as an argument. */
export interface Clock {
  now(): number;
  /** Resolves at `instant`, or immediately if `instant` has passed. */
  sleepUntil(instant: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleepUntil: async (instant) => {
    await setTimeout(Math.max(0, instant - Date.now()));
  },
};
