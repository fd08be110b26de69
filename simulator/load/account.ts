import { AwsError } from '../../lambdas/store/aws-error.ts';
import { Random } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import type { Quotas } from './quotas.ts';
import { Throughput } from './throughput.ts';

/** How long calls take that are served or refused, milliseconds: assumed, of the usual order within a region. */
export const LATENCY = { read: 15, list: 25, write: 30, secret: 20, refusal: 5 } as const;

/**
 * How the SDK tries again when it is throttled: after a random part of 1 s, 2 s, 4 s … 20 s, each time for five of
 * 500 points that the client of one container has; a success gives the last five back, or one.
 * Source: @smithy/core 3 (retries of 2026), StandardRetryStrategy and DefaultRetryBackoffStrategy.
 */
const RETRY = { base: 1000, longest: 20_000, cost: 5, points: 500 } as const;
/** As the refresher's clients are made (lambdas/refresher/handler.ts). */
const ATTEMPTS = 3;

export interface AwsCallKind {
  /** Of a call that is served, milliseconds. */
  readonly latency: number;
  /** @default 3 */
  readonly attempts?: number;
}

/** One warm Lambda container: its SDK client remembers how often it had to try again. */
export interface Container {
  points: number;
}

export function container(): Container {
  return { points: RETRY.points };
}

export interface AccountOptions {
  readonly quotas: Quotas;
  readonly timeline: Timeline;
  readonly seed: number;
  /** Reads of Parameter Store by other programs, a second. */
  readonly otherReads?: number;
}

/** AWS as the function calls it: every call takes its time and its share of a quota. */
export class Account {
  readonly reads: Throughput;
  readonly writes: Throughput;
  readonly secrets: Throughput;
  readonly kms: Throughput;
  readonly #timeline: Timeline;
  readonly #random: Random;

  constructor({ quotas, timeline, seed, otherReads = 0 }: AccountOptions) {
    this.#timeline = timeline;
    this.#random = new Random(seed, 20);
    const luck = new Random(seed, 21);
    this.reads = new Throughput(quotas.reads, luck, otherReads);
    this.writes = new Throughput(quotas.writes, luck);
    this.secrets = new Throughput(quotas.secrets, luck);
    this.kms = new Throughput(quotas.kms, luck);
  }

  /** One call, tried as the SDK tries it; `done` is told how it ended. */
  call(
    quota: Throughput,
    { latency, attempts = ATTEMPTS }: AwsCallKind,
    from: Container,
    done: (served: boolean) => void,
  ): void {
    const timeline = this.#timeline;
    const attempt = (number: number): void => {
      if (quota.take(timeline.now)) {
        timeline.plan(timeline.now + latency, () => {
          from.points = Math.min(RETRY.points, from.points + (number === 1 ? 1 : RETRY.cost));
          done(true);
        });
        return;
      }
      const again = number < attempts && from.points >= RETRY.cost;
      if (!again) {
        timeline.plan(timeline.now + LATENCY.refusal, () => done(false));
        return;
      }
      from.points -= RETRY.cost;
      const longest = Math.min(RETRY.base * 2 ** (number - 1), RETRY.longest);
      const pause = Math.floor(this.#random.uniform() * longest);
      timeline.plan(timeline.now + LATENCY.refusal + pause, () => attempt(number + 1));
    };
    attempt(1);
  }

  /** The same for the real use case. @throws AwsError */
  async request(quota: Throughput, latency: number, from: Container, doing: string): Promise<void> {
    const served = await new Promise<boolean>((resolve) => {
      this.call(quota, { latency }, from, (end) => this.#timeline.resume(() => resolve(end)));
    });
    if (!served) throw refusal(doing);
  }
}

const RATE_EXCEEDED = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
const refusals = new Map<string, AwsError>();

/** The same error each time: most of what a busy fleet does is to be refused, and a stack costs more than all the rest. */
function refusal(doing: string): AwsError {
  const known = refusals.get(doing) ?? new AwsError(doing, RATE_EXCEEDED);
  refusals.set(doing, known);
  return known;
}
