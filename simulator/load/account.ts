import { Random } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import { CallQuota } from './call-quota.ts';
import type { LoadOptions } from './load-options.ts';

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

/** A warm Lambda execution environment, with the retry tokens of its SDK client. */
export interface Container {
  retryTokens: number;
}

export function createContainer(): Container {
  return { retryTokens: RETRY_POLICY.retryTokens };
}

/** A simulated AWS account: every API call takes time and uses a part of a quota. */
export class Account {
  readonly timeline: Timeline;
  readonly reads: CallQuota;
  readonly writes: CallQuota;
  readonly secrets: CallQuota;
  readonly kms: CallQuota;
  readonly #random: Random;

  constructor({ quotas, seed, otherReads }: LoadOptions, timeline: Timeline) {
    this.timeline = timeline;
    this.#random = new Random(seed, 20);
    const throttlingRandom = new Random(seed, 21);
    this.reads = new CallQuota(quotas.reads, throttlingRandom, otherReads);
    this.writes = new CallQuota(quotas.writes, throttlingRandom);
    this.secrets = new CallQuota(quotas.secrets, throttlingRandom);
    this.kms = new CallQuota(quotas.kms, throttlingRandom);
  }

  /** Waits for a duration, in milliseconds. */
  wait(duration: number): Promise<void> {
    return this.timeline.until(this.timeline.now + duration);
  }

  /**
   * Simulates one call, with the retries of the SDK.
   * @param latency the duration of a served call, in milliseconds
   * @returns whether AWS served the call
   */
  async call(quota: CallQuota, latency: number, from: Container, attempts = MAX_ATTEMPTS): Promise<boolean> {
    const { base, longest, cost, retryTokens } = RETRY_POLICY;
    let gain = 1;
    for (let attempt = 1; !quota.take(this.timeline.now); attempt += 1) {
      if (attempt >= attempts || from.retryTokens < cost) {
        await this.wait(LATENCY.rejection);
        return false;
      }
      gain = cost;
      from.retryTokens -= cost;
      const longestPause = Math.min(base * 2 ** (attempt - 1), longest);
      await this.wait(LATENCY.rejection + Math.floor(this.#random.uniform() * longestPause));
    }
    await this.wait(latency);
    from.retryTokens = Math.min(retryTokens, from.retryTokens + gain);
    return true;
  }
}
