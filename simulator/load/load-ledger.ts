import type { Span } from '../year/fault-model.ts';

/** Two ticks and the way through the queue; milliseconds. */
const SHORTLY = 15 * 60_000;

/** When the broker of a credential was not there; nobody is late for that. */
export type Exemption = Span | undefined;

/** What became of each credential of a fleet, as those who read its token and those who watch its alarms see it. */
export class Ledger {
  readonly #exemptions: readonly Exemption[];
  /** Of the published token; 0 without one. */
  readonly #expiresAt: Float64Array;
  /** When a token is due. */
  readonly #dueAt: Float64Array;
  readonly #heardAt: Float64Array;
  readonly #longestSilence: Float64Array;
  /** Credentials whose token expired before its successor was there: of nothing else, and while the broker was down. */
  readonly died = new Set<number>();
  readonly diedInOutage = new Set<number>();
  /** From the instant at which a token was due, and its broker there, to its publication; milliseconds. */
  waits: number[] = [];
  publishedAt: number[] = [];
  /** Milliseconds without a living token, of all credentials together; those of an outage are not counted. */
  deadTime = 0;
  ticksReported = 0;
  ticksUnreported = 0;

  /** @param now epoch milliseconds: those without a token wait from then on */
  constructor(exemptions: readonly Exemption[], now: number) {
    const { length } = exemptions;
    this.#exemptions = exemptions;
    this.#expiresAt = new Float64Array(length);
    this.#dueAt = new Float64Array(length).fill(now);
    this.#heardAt = new Float64Array(length).fill(now);
    this.#longestSilence = new Float64Array(length);
  }

  /** Counts anew; what is waited for is still waited for. */
  reset(now: number): void {
    this.died.clear();
    this.diedInOutage.clear();
    this.waits = [];
    this.publishedAt = [];
    this.deadTime = 0;
    this.ticksReported = 0;
    this.ticksUnreported = 0;
    this.#heardAt.fill(now);
    this.#longestSilence.fill(0);
  }

  /** A new token is there, at once or from before the begin. */
  published(number: number, expiresAt: number, now: number): void {
    const ended = this.#expiresAt[number] ?? 0;
    if (ended > 0 && ended < now) this.#gap(number, ended, now);
    this.#expiresAt[number] = expiresAt;
    this.waits.push(Math.max(0, now - this.#owedSince(number)));
    this.publishedAt.push(now);
    this.#dueAt[number] = Number.POSITIVE_INFINITY;
  }

  /** When the next token is due. */
  planned(number: number, dueAt: number, expiresAt: number): void {
    this.#dueAt[number] = dueAt;
    this.#expiresAt[number] = expiresAt;
  }

  heard(number: number, now: number): void {
    this.ticksReported += 1;
    this.#silence(number, now);
    this.#heardAt[number] = now;
  }

  unheard(): void {
    this.ticksUnreported += 1;
  }

  /** Credentials whose token is due by then. */
  owed(now: number): number {
    return this.#dueAt.reduce((sum, _, number) => sum + (this.#owedSince(number) <= now ? 1 : 0), 0);
  }

  /** The simulation ends: what has not ended yet ends now. */
  close(now: number): void {
    this.#expiresAt.forEach((ended, number) => {
      if (ended > 0 && ended < now) this.#gap(number, ended, now);
    });
    this.#heardAt.forEach((_, number) => {
      this.#silence(number, now);
    });
  }

  /** Credentials that once reported nothing for so long, milliseconds. */
  silentFor(time: number): number {
    return this.#longestSilence.reduce((sum, silence) => sum + (silence >= time ? 1 : 0), 0);
  }

  #owedSince(number: number): number {
    const due = this.#dueAt[number] ?? 0;
    const exemption = this.#exemptions[number];
    // One that was due shortly before may have waited for its tick when the broker went.
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
    const silence = now - (this.#heardAt[number] ?? now);
    this.#longestSilence[number] = Math.max(this.#longestSilence[number] ?? 0, silence);
  }
}
