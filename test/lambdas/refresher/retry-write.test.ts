import { describe, expect, it } from 'vitest';
import { retryWrite } from '../../../lambdas/refresher/retry-write.ts';
import { AwsError } from '../../../lambdas/store/aws-error.ts';

const errorNamed = (name: string) => new AwsError('write', Object.assign(new Error('FAKE'), { name }));

/** Runs a write with one result for each try, in order. All further tries have the last result. */
async function write(errors: readonly (Error | 'ok')[], time = 100_000) {
  const sleeps: number[] = [];
  let now = 0;
  let tries = 0;
  const clock = {
    now: () => now,
    sleepUntil: async (instant: number) => {
      sleeps.push(instant - now);
      now = instant;
    },
  };
  const result = await retryWrite(clock, time, async () => {
    const error = errors[Math.min(tries, errors.length - 1)];
    tries += 1;
    if (error !== 'ok') throw error;
    return 'written';
  }).catch((error: unknown) => error);
  return { result, sleeps, tries };
}

describe('A write to Parameter Store', () => {
  it('that fails is repeated after 5 s, or after 1 s if AWS throttled the write', async () => {
    const errors = [errorNamed('InternalServerError'), errorNamed('ThrottlingException'), 'ok'] as const;
    expect(await write(errors)).toEqual({ result: 'written', sleeps: [5000, 1000], tries: 3 });
  });

  it('is not repeated when only the last 45 s of the invocation are left', async () => {
    const error = errorNamed('InternalServerError');
    expect(await write([error], 55_000)).toEqual({ result: error, sleeps: [5000, 5000], tries: 3 });
    expect(await write([error], 54_999)).toEqual({ result: error, sleeps: [5000], tries: 2 });
  });
});
