import { RESERVED_TIME_AFTER_SLEEP } from '../decision/facts.ts';
import { AwsError } from '../store/aws-error.ts';
import type { Clock } from './clock.ts';

/** The milliseconds before a failed write is repeated. The SDK itself attempts each write 3 times. */
const RETRY_PAUSES = { throttled: 1000, other: 5000 } as const;

/**
 * Repeats a failed write until the error is permanent or the invocation has no time left, because a lost
 * result causes a further broker call (docs/scale.md).
 * @throws AwsError
 */
export async function retryWrite<T>(clock: Clock, deadline: number, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AwsError) || error.permanent) throw error;
      const retryAt = clock.now() + (error.throttled ? RETRY_PAUSES.throttled : RETRY_PAUSES.other);
      if (retryAt > deadline - RESERVED_TIME_AFTER_SLEEP) throw error;
      await clock.sleepUntil(retryAt);
    }
  }
}
