import { setTimeout } from 'node:timers/promises';

/** The one clock of a command; everything else takes time as an argument. Epoch milliseconds. */
export interface CliClock {
  now(): number;
  /** Resolves at `instant`, or at once if it has passed; rejects if the command is interrupted. */
  sleepUntil(instant: number, signal: AbortSignal): Promise<void>;
}

/** A timer counts at most 2^31 − 1 ms, and a machine may sleep in between: it looks at the clock again. */
const LONGEST_NAP = 60_000;

export const cliClock: CliClock = {
  now: () => Date.now(),
  sleepUntil: async (instant, signal) => {
    for (let left = instant - Date.now(); left > 0; left = instant - Date.now())
      await setTimeout(Math.min(left, LONGEST_NAP), undefined, { signal });
    signal.throwIfAborted();
  },
};
