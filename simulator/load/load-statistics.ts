import type { Span } from '../year/fault-model.ts';

/** The maximum time of two ticks and of the queue, in milliseconds. */
const TICK_DELAY = 15 * 60_000;

/**
 * The outage of a credential's broker, if it has one. It is excluded from the waits and from the time without
 * a token.
 */
export type OutageSpan = Span | undefined;

/** Records the times of the tokens and metrics of each credential. */
export class LoadStatistics {
  readonly #outages: readonly OutageSpan[];
  /** The expiry of the published token; 0 without a token. */
  readonly #expiresAt: Float64Array;
  /** The instant at which a new token is due. */
  readonly #dueAt: Float64Array;
  readonly #reportedAt: Float64Array;
  readonly #longestPause: Float64Array;
  /**
   * The credentials whose token expired before the next one was published, because of a quota or an outage.
   */
  readonly expired = new Set<number>();
  readonly expiredInOutage = new Set<number>();
  /** The times from when a token was due and its broker available to its publication, in milliseconds. */
  readonly waits: number[] = [];
  ticksReported = 0;
  ticksUnreported = 0;

  /** @param now the instant from which credentials without a token are due, in epoch milliseconds */
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

  /** The number of credentials whose token is due by this instant. */
  countDue(now: number): number {
    return this.#dueAt.reduce((sum, _, number) => sum + (this.#dueSince(number) <= now ? 1 : 0), 0);
  }

  /** Closes all open periods without a token and without a report. */
  close(now: number): void {
    this.#expiresAt.forEach((ended, number) => {
      if (ended > 0 && ended < now) this.#recordExpiry(number, ended);
    });
    this.#reportedAt.forEach((_, number) => {
      this.#recordPause(number, now);
    });
  }

  /** The number of credentials without a report for at least this time. @param time milliseconds */
  countCredentialsUnreported(time: number): number {
    return this.#longestPause.reduce((sum, pause) => sum + (pause >= time ? 1 : 0), 0);
  }

  #dueSince(number: number): number {
    const due = this.#dueAt[number] ?? 0;
    const outage = this.#outages[number];
    // A token that became due shortly before the outage may have waited for its tick.
    const isExcluded = outage !== undefined && outage.from - TICK_DELAY <= due && due < outage.to;
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
