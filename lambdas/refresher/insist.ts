import { AwsTrouble } from '../store/errors.ts';
import { LEFT_AFTER_SLEEP } from './nap.ts';
import type { Run } from './run.ts';

/** Between two tries of a write; the SDK has tried three times before each. What lasts longer than that may last long. */
const PAUSE = { throttled: 1000, other: 5000 } as const;

/**
 * Writes what came of an issue call, again and again while it may still succeed and the invocation has time: every write
 * may be repeated. Given up, the call would be repeated; with many credentials due at once these calls crowd out the
 * writes that would end them, and nearly none gets through (docs/scale.md § A token in hand).
 * @throws AwsTrouble
 */
export async function insist(run: Run, write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AwsTrouble) || error.permanent) throw error;
      const again = run.now + (error.throttled ? PAUSE.throttled : PAUSE.other);
      if (again > run.delivery.deadline - LEFT_AFTER_SLEEP) throw error;
      await run.ports.clock.sleepUntil(again);
    }
  }
}
