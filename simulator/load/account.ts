import { AwsError } from '../../lambdas/store/aws-error.ts';
import { Random } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import type { Quotas } from './quotas.ts';
import { CallQuota } from './throughput.ts';

/** The assumed durations of AWS calls within a Region, in milliseconds; `rejection` is a throttled call. */
export const LATENCY = { read: 15, list: 25, write: 30, secret: 20, rejection: 5 } as const;

/**
 * The retry behavior of the AWS SDK (StandardRetryStrategy of @smithy/core 3). Retry n waits for a random
 * part of 2^(n-1) s, at most 20 s, and uses 5 of the client's 500 retry tokens. A successful retry adds 5
 * retry tokens; a successful first attempt adds 1 retry token.
 */
const RETRY_POLICY = { base: 1000, longest: 20_000, cost: 5, retryTokens: 500 } as const;
/** The `maxAttempts` of the refresher's AWS clients (lambdas/refresher/handler.ts). */
const MAX_ATTEMPTS = 3;

export interface AwsCallOptions {
  /** The duration of a served call, in milliseconds. */
  readonly latency: number;
  /** @default 3 */
  readonly maxAttempts?: number;
}

/** A warm Lambda execution environment, with the retry tokens of its SDK client. */
export interface Container {
  retryTokens: number;
}

export function createContainer(): Container {
  return { retryTokens: RETRY_POLICY.retryTokens };
}

export interface AccountOptions {
  readonly quotas: Quotas;
  readonly timeline: Timeline;
  readonly seed: number;
  /** The number of Parameter Store reads by other programs, per second. */
  readonly otherReads?: number;
}

/** A simulated AWS account: every API call of the function takes time and uses a part of a quota. */
export class Account {
  readonly reads: CallQuota;
  readonly writes: CallQuota;
  readonly secrets: CallQuota;
  readonly kms: CallQuota;
  readonly #timeline: Timeline;
  readonly #random: Random;

  constructor({ quotas, timeline, seed, otherReads = 0 }: AccountOptions) {
    this.#timeline = timeline;
    this.#random = new Random(seed, 20);
    const throttlingRandom = new Random(seed, 21);
    this.reads = new CallQuota(quotas.reads, throttlingRandom, otherReads);
    this.writes = new CallQuota(quotas.writes, throttlingRandom);
    this.secrets = new CallQuota(quotas.secrets, throttlingRandom);
    this.kms = new CallQuota(quotas.kms, throttlingRandom);
  }

  /** Makes one call with the retries of the SDK, then calls `done` with true if AWS served the call. */
  call(
    quota: CallQuota,
    { latency, maxAttempts = MAX_ATTEMPTS }: AwsCallOptions,
    from: Container,
    done: (served: boolean) => void,
  ): void {
    const timeline = this.#timeline;
    const attempt = (number: number): void => {
      if (quota.take(timeline.now)) {
        timeline.plan(timeline.now + latency, () => {
          from.retryTokens = Math.min(
            RETRY_POLICY.retryTokens,
            from.retryTokens + (number === 1 ? 1 : RETRY_POLICY.cost),
          );
          done(true);
        });
        return;
      }
      if (number >= maxAttempts || from.retryTokens < RETRY_POLICY.cost) {
        timeline.plan(timeline.now + LATENCY.rejection, () => done(false));
        return;
      }
      from.retryTokens -= RETRY_POLICY.cost;
      const maxPause = Math.min(RETRY_POLICY.base * 2 ** (number - 1), RETRY_POLICY.longest);
      const pause = Math.floor(this.#random.uniform() * maxPause);
      timeline.plan(timeline.now + LATENCY.rejection + pause, () => attempt(number + 1));
    };
    attempt(1);
  }

  /** Makes one AWS call of the refresher. @throws AwsError if AWS throttled the call */
  async request(quota: CallQuota, latency: number, from: Container, doing: string): Promise<void> {
    const isServed = await new Promise<boolean>((resolve) => {
      this.call(quota, { latency }, from, (end) => this.#timeline.resume(() => resolve(end)));
    });
    if (!isServed) throw throttled(doing);
  }
}

const RATE_EXCEEDED = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
const errorsByCall = new Map<string, AwsError>();

/**
 * Returns one shared error object per kind of call, because creating a stack trace for each error would take
 * most of the simulation's time.
 */
function throttled(doing: string): AwsError {
  const known = errorsByCall.get(doing) ?? new AwsError(doing, RATE_EXCEEDED);
  errorsByCall.set(doing, known);
  return known;
}
