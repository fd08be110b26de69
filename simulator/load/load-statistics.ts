import type { Span } from '../year/fault-model.ts';

/** The maximum delay of a renewal by two check intervals and by the queue, in milliseconds. */
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
  /** The credentials whose token expired before the next publication, but not during an outage. */
  readonly expired = new Set<number>();
  readonly expiredInOutage = new Set<number>();
  /**
   * The time from the due time of each token, or from the end of an outage at that time, until the
   * publication, in milliseconds.
   */
  readonly waits: number[] = [];
  ticksReported = 0;
  ticksUnreported = 0;

  /**
   * @param now the instant since which credentials without a token wait for a token, in epoch milliseconds
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
  published(number: number, expiresAt: number, now: number): void {
    const previousExpiry = this.#expiresAt[number] ?? 0;
    if (previousExpiry > 0 && previousExpiry < now) this.#recordExpiry(number, previousExpiry);
    this.#expiresAt[number] = expiresAt;
    this.waits.push(Math.max(0, now - this.#dueSince(number)));
    this.#dueAt[number] = Number.POSITIVE_INFINITY;
  }

  /** Records when the next token is due. */
  recordDueTime(number: number, dueAt: number, expiresAt: number): void {
    this.#dueAt[number] = dueAt;
    this.#expiresAt[number] = expiresAt;
  }

  recordReport(number: number, now: number): void {
    this.ticksReported += 1;
    this.#recordPause(number, now);
    this.#reportedAt[number] = now;
  }

  countUnreportedTick(): void {
    this.ticksUnreported += 1;
  }

  /** Returns the number of credentials whose next token is due at `now`. */
  countDue(now: number): number {
    return this.#dueAt.reduce((sum, _, number) => sum + (this.#dueSince(number) <= now ? 1 : 0), 0);
  }

  /** Ends the recording. Periods without a live token or without metrics that are still open end at `now`. */
  close(now: number): void {
    this.#expiresAt.forEach((ended, number) => {
      if (ended > 0 && ended < now) this.#recordExpiry(number, ended);
    });
    this.#reportedAt.forEach((_, number) => {
      this.#recordPause(number, now);
    });
  }

  /** Returns the number of credentials whose ticks wrote no metrics for at least `time` milliseconds. */
  countUnreportedCredentials(time: number): number {
    return this.#longestPause.reduce((sum, pause) => sum + (pause >= time ? 1 : 0), 0);
  }

  #dueSince(number: number): number {
    const due = this.#dueAt[number] ?? 0;
    const outage = this.#outages[number];
    // The first tick after the due time may be within the outage if a token becomes due shortly before.
    const isExcluded = outage !== undefined && outage.from - MAX_RENEWAL_DELAY <= due && due < outage.to;
    return isExcluded ? outage.to : due;
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
