import type { Span } from '../year/fault-model.ts';

/** Two ticks and the way through the queue; milliseconds. */
const SHORTLY = 15 * 60_000;

/** The outage of a credential's broker: a token that is due meanwhile is not late. */
export type Exemption = Span | undefined;

/** Tokens and reports of each credential, as readers and alarms see them. */
export class LoadStatistics {
  readonly #exemptions: readonly Exemption[];
  /** Expiry of the published token; 0 without one. */
  readonly #expiresAt: Float64Array;
  /** When a token is due. */
  readonly #dueAt: Float64Array;
  readonly #reportedAt: Float64Array;
  readonly #longestSilence: Float64Array;
  /** Credentials whose token expired before the next one was published, outside of an outage and within one. */
  readonly died = new Set<number>();
  readonly diedInOutage = new Set<number>();
  /** Time from when a token was due, with its broker available, to its publication; in milliseconds. */
  waits: number[] = [];
  publishedAt: number[] = [];
  /** Milliseconds without a live token, summed over the credentials; those of an outage do not count. */
  deadTime = 0;
  ticksReported = 0;
  ticksUnreported = 0;

  /** @param now credentials without a token are due from then on; epoch milliseconds */
  constructor(exemptions: readonly Exemption[], now: number) {
    const { length } = exemptions;
    this.#exemptions = exemptions;
    this.#expiresAt = new Float64Array(length);
    this.#dueAt = new Float64Array(length).fill(now);
    this.#reportedAt = new Float64Array(length).fill(now);
    this.#longestSilence = new Float64Array(length);
  }

  /** Resets all counts; a token that is due stays due. */
  reset(now: number): void {
    this.died.clear();
    this.diedInOutage.clear();
    this.waits = [];
    this.publishedAt = [];
    this.deadTime = 0;
    this.ticksReported = 0;
    this.ticksUnreported = 0;
    this.#reportedAt.fill(now);
    this.#longestSilence.fill(0);
  }

  /** Records a new token. */
  published(number: number, expiresAt: number, now: number): void {
    const ended = this.#expiresAt[number] ?? 0;
    if (ended > 0 && ended < now) this.#gap(number, ended, now);
    this.#expiresAt[number] = expiresAt;
    this.waits.push(Math.max(0, now - this.#dueSince(number)));
    this.publishedAt.push(now);
    this.#dueAt[number] = Number.POSITIVE_INFINITY;
  }

  /** Records when the next token is due. */
  planned(number: number, dueAt: number, expiresAt: number): void {
    this.#dueAt[number] = dueAt;
    this.#expiresAt[number] = expiresAt;
  }

  reported(number: number, now: number): void {
    this.ticksReported += 1;
    this.#silence(number, now);
    this.#reportedAt[number] = now;
  }

  unreported(): void {
    this.ticksUnreported += 1;
  }

  /** The number of credentials whose token is due by then. */
  countDue(now: number): number {
    return this.#dueAt.reduce((sum, _, number) => sum + (this.#dueSince(number) <= now ? 1 : 0), 0);
  }

  /** Ends all open gaps and silences. */
  close(now: number): void {
    this.#expiresAt.forEach((ended, number) => {
      if (ended > 0 && ended < now) this.#gap(number, ended, now);
    });
    this.#reportedAt.forEach((_, number) => {
      this.#silence(number, now);
    });
  }

  /** Number of credentials that had at least one period of this length without a report. @param time milliseconds */
  countSilent(time: number): number {
    return this.#longestSilence.reduce((sum, silence) => sum + (silence >= time ? 1 : 0), 0);
  }

  #dueSince(number: number): number {
    const due = this.#dueAt[number] ?? 0;
    const exemption = this.#exemptions[number];
    // A token that became due shortly before the outage may have waited for its tick.
    const exempt = exemption !== undefined && exemption.from - SHORTLY <= due && due < exemption.to;
    return exempt ? exemption.to : due;
  }

  #gap(number: number, from: number, to: number): void {
    const exemption = this.#exemptions[number];
    if (exemption !== undefined && exemption.from <= from && from < exemption.to) {
      this.diedInOutage.add(number);
      return;
    }
    this.died.add(number);
    this.deadTime += to - from;
  }

  #silence(number: number, now: number): void {
    const silence = now - (this.#reportedAt[number] ?? now);
    this.#longestSilence[number] = Math.max(this.#longestSilence[number] ?? 0, silence);
  }
}
