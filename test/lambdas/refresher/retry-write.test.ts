import { describe, expect, it } from 'vitest';
import { retryWrite } from '../../../lambdas/refresher/retry-write.ts';
import { createAwsError } from '../../../simulator/explore/call-faults.ts';

const FAILED = createAwsError('write', 'InternalServerError');
const THROTTLED = createAwsError('write', 'ThrottlingException');

/** Runs a write that fails with these errors in order, then with the last error again. Returns the sleeps. */
async function write(errors: readonly (Error | 'ok')[], deadline = 100_000) {
  const sleeps: number[] = [];
  let now = 0;
  let tries = 0;
  const sleepUntil = async (instant: number) => {
    sleeps.push(instant - now);
    now = instant;
  };
  const result = await retryWrite({ now: () => now, sleepUntil }, deadline, async () => {
    const error = errors[Math.min(tries, errors.length - 1)];
    tries += 1;
    if (error !== 'ok') throw error;
    return 'written';
  }).catch((error: unknown) => error);
  return { result, sleeps, tries };
}

describe('A write to Parameter Store', () => {
  it('that fails is repeated after 5 s, or after 1 s if AWS throttled the write', async () => {
    const expected = { result: 'written', sleeps: [5000, 1000], tries: 3 };
    expect(await write([FAILED, THROTTLED, 'ok'])).toEqual(expected);
  });

  it('is not repeated when only the last 45 s of the invocation are left', async () => {
    expect(await write([FAILED], 55_000)).toEqual({ result: FAILED, sleeps: [5000, 5000], tries: 3 });
    expect(await write([FAILED], 54_999)).toEqual({ result: FAILED, sleeps: [5000], tries: 2 });
  });
});
