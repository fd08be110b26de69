import { AwsTrouble } from '../store/errors.ts';
import { LEFT_AFTER_SLEEP } from './nap.ts';
import type { Run } from './run.ts';

/** Between two tries of a throttled write; the SDK has tried three times before each. */
const PAUSE = 1000;

/**
 * Writes what came of an issue call, again and again while AWS only asks for patience and the invocation has time.
 * Given up, the call would be repeated; with many credentials due at once these calls crowd out the writes that would end
 * them, and nearly none gets through (docs/scale.md § A token in hand).
 * @throws AwsTrouble
 */
export async function insist(run: Run, write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AwsTrouble) || !error.throttled) throw error;
      const again = run.now + PAUSE;
      if (again > run.delivery.deadline - LEFT_AFTER_SLEEP) throw error;
      await run.ports.clock.sleepUntil(again);
    }
  }
}
