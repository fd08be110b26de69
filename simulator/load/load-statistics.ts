import type { Span } from '../year/fault-model.ts';

/**
 * The maximum time from the due time of a renewal to the tick that renews the token, in milliseconds: two
 * check intervals and the wait in the queue.
 */
const MAX_RENEWAL_DELAY = 15 * 60_000;

/**
 * The outage of a credential's broker, or undefined without an outage. The statistics `waits` and `expired`
 * exclude the outage.
 */
export type OutageSpan = Span | undefined;

/** Records when each credential received a token and when its ticks wrote metrics. */
export class LoadStatistics {
  readonly #outages: readonly OutageSpan[];
  /** The expiry of the published token of each credential; 0 without a token. */
  readonly #expiresAt: Float64Array;
  /** The instant at which the next token of each credential is due. */
  readonly #dueAt: Float64Array;
  readonly #reportedAt: Float64Array;
  readonly #longestPause: Float64Array;
  /**
   * The credentials whose token expired outside an outage, before the refresher published the next token.
   */
  readonly expired = new Set<number>();
  readonly expiredInOutage = new Set<number>();
  /**
   * The time from the due time of each token to its publication, in milliseconds. If a token was due during
   * an outage, the time starts at the end of the outage.
   */
  readonly waits: number[] = [];
  ticksReported = 0;
  ticksUnreported = 0;

  /**
   * @param now the instant from which credentials without a token need a token, in epoch milliseconds
   */
  constructor(outages: readonly OutageSpan[], now: number) {
    const { length } = outages;
    this.#outages = outages;
    this.#expiresAt = new Float64Array(length);
    this.#dueAt = new Float64Array(length).fill(now);
    this.#reportedAt = new Float64Array(length).fill(now);
    this.#longestPause = new Float64Array(length);
  }

  /** Records a new token. */
  recordPublication(number: number, expiresAt: number, now: number): void {
    const previousExpiry = this.#expiresAt[number] ?? 0;
    if (previousExpiry > 0 && previousExpiry < now) this.#recordExpiry(number, previousExpiry);
    this.#expiresAt[number] = expiresAt;
    this.waits.push(Math.max(0, now - this.#dueSince(number)));
    this.#dueAt[number] = Number.POSITIVE_INFINITY;
  }

  /** Records when the next token is due and when the published token expires. */
  recordDueTime(number: number, dueAt: number, expiresAt: number): void {
    this.#dueAt[number] = dueAt;
    this.#expiresAt[number] = expiresAt;
  }

  recordTickMetrics(number: number, now: number): void {
    this.ticksReported += 1;
    this.#recordPause(number, now);
    this.#reportedAt[number] = now;
  }

  recordTickWithoutMetrics(): void {
    this.ticksUnreported += 1;
  }

  /** Returns the number of credentials whose next token is due at `now`. */
  countDue(now: number): number {
    return this.#dueAt.reduce((sum, _, number) => sum + (this.#dueSince(number) <= now ? 1 : 0), 0);
  }

  /**
   * Ends the recording. At `now`, each unfinished period without a live token or without metrics ends.
   */
  close(now: number): void {
    this.#expiresAt.forEach((ended, number) => {
      if (ended > 0 && ended < now) this.#recordExpiry(number, ended);
    });
    this.#reportedAt.forEach((_, number) => {
      this.#recordPause(number, now);
    });
  }

  /** Returns the number of credentials whose ticks wrote no metrics for at least `time` milliseconds. */
  countCredentialsWithoutMetrics(time: number): number {
    return this.#longestPause.reduce((sum, pause) => sum + (pause >= time ? 1 : 0), 0);
  }

  #dueSince(number: number): number {
    const due = this.#dueAt[number] ?? 0;
    const outage = this.#outages[number];
    // If a token is due shortly before the outage, the tick that renews the token can be during the outage.
    const isDelayedByOutage =
      outage !== undefined && outage.from - MAX_RENEWAL_DELAY <= due && due < outage.to;
    return isDelayedByOutage ? outage.to : due;
  }

  #recordExpiry(number: number, at: number): void {
    const outage = this.#outages[number];
    const isInOutage = outage !== undefined && outage.from <= at && at < outage.to;
    (isInOutage ? this.expiredInOutage : this.expired).add(number);
  }

  #recordPause(number: number, now: number): void {
    const pause = now - (this.#reportedAt[number] ?? now);
    this.#longestPause[number] = Math.max(this.#longestPause[number] ?? 0, pause);
  }
}
