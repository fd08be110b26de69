import { setTimeout } from 'node:timers/promises';

/** The only clock. All other code takes the time as an argument. Epoch milliseconds. */
export interface Clock {
  now(): number;
  /** Resolves at `instant`, or at once if it has passed. */
  sleepUntil(instant: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleepUntil: async (instant) => {
    await setTimeout(Math.max(0, instant - Date.now()));
  },
};
