import { setTimeout } from 'node:timers/promises';

/**
 * The clock of the handlers, in epoch milliseconds. Code outside the handlers receives the time as an
 * argument.
 */
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
