import { RESERVED_TIME } from '../decision/facts.ts';
import { AwsError } from '../store/aws-error.ts';
import type { Clock } from './clock.ts';

/** Between two tries of a write; the SDK has tried three times before each. Milliseconds. */
const PAUSE = { throttled: 1000, other: 5000 } as const;

/**
 * Repeats a write while it may still succeed and the invocation has time: every write may be repeated.
 * A result that is given up costs another call, and with many credentials these calls crowd out the
 * writes that would end them (docs/scale.md § Retried writes).
 * @throws AwsError
 */
export async function retryWrite<T>(clock: Clock, deadline: number, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AwsError) || error.permanent) throw error;
      const again = clock.now() + (error.throttled ? PAUSE.throttled : PAUSE.other);
      if (again > deadline - RESERVED_TIME) throw error;
      await clock.sleepUntil(again);
    }
  }
}
