import type { TokenRecord } from '../../simulator/brokers/ledger.ts';
import { HOUR, MINUTE } from '../scenario/operation.ts';
import type { Setup } from './setups.ts';
import type { Seen, System } from './system.ts';

export const DAY = 24 * HOUR;
export const CHECK_EVERY = 5 * MINUTE;
/** The margin before expiry that all of these credentials have. */
export const RENEW_BEFORE = HOUR;
/** Clocks may differ by this much without anybody noticing. */
export const TOLERANCE = MINUTE;

/** What is asked for by a message, as far as it matters here. */
export type Asked =
  | 'tick'
  | 'force'
  | 'report'
  | 'report of a token to come'
  | 'report of an old token'
  | 'new secret'
  | 'revoke'
  | 'pause';

/**
 * The reference: what somebody knows who sees the commands, the broker's books and the parameters, and has
 * never read the refresher. It plans nothing; it tells what is allowed, and when all must be well again.
 */
export class Model {
  readonly setup: Setup;

  // The world, as the commands have made it.
  outage = false;
  secret: 'right' | 'unknown to the broker' | 'broken' = 'right';
  /** The broker refuses the right keys, or gives tokens that have ended. */
  brokerIsMad = false;
  /** The function's clock minus the true one, milliseconds. */
  clockOff = 0;
  clockWasOff = false;
  /** An app key was stored that the refresher has not been told of. */
  untold = false;
  nextTick: number | undefined;

  // The books.
  /** Instants of the issue calls, and of those that were answered with a token. */
  asked: readonly { readonly at: number; readonly truly: number }[] = [];
  issued: readonly number[] = [];
  /** The last call to revoke. */
  revokedAt = Number.NEGATIVE_INFINITY;
  /** When it was not seen whether a call was begun. */
  interrupted: readonly number[] = [];
  /** The last refusal of the keys, as long as nothing has happened that would make another try worth it. */
  refusedAt: number | undefined;
  announced: { readonly generation: number; readonly print: string | undefined } = {
    generation: 0,
    print: undefined,
  };
  standing: string | undefined;
  /** undefined: a message that would tell was given up. */
  paused: boolean | undefined = false;
  /** The published token was killed by the broker, and nobody has said so. */
  killedInSilence = false;

  // How sure one can be.
  /** The published token was issued in order, and since then nothing has happened but ticks. */
  calm = false;
  /** How often a calm token was handed back. */
  handedBack = 0;
  /** Ticks in a row with everything in order. */
  ticksInOrder = 0;
  /** Until when a planned second try may be awaited, although all is in order. */
  patience = 0;
  /** The broker refused the keys as they are. */
  keysRefused = false;
  /** Until when their next try may be awaited. */
  refusedUntil = 0;

  constructor(setup: Setup) {
    this.setup = setup;
  }

  get inOrder(): boolean {
    return !this.outage && this.secret === 'right' && !this.brokerIsMad && this.clockOff === 0;
  }

  /** Something happened that a calm day does not have. */
  disturb(): void {
    this.calm = false;
    this.ticksInOrder = 0;
  }

  bePatient(until: number): void {
    this.patience = Math.max(this.patience, until);
  }

  /** When the token should be replaced: the margin before its end, at most half of its life. */
  renewAt({ issuedAt, expiresAt }: TokenRecord): number {
    return expiresAt - Math.min(RENEW_BEFORE, Math.floor((expiresAt - issuedAt) / 2));
  }

  /** Whether the day's budget may be spent: what nobody knows the end of counts, too. */
  budgetMayBeSpent(now: number): boolean {
    const counted = [...this.asked.map(({ at }) => at), ...this.interrupted].filter((at) => at > now - DAY);
    return counted.length >= this.budget;
  }

  get budget(): number {
    return this.setup.credential.maxIssuesPerDay ?? 8;
  }

  /** The issue calls of a delivery, by the function's clock and by the true one. */
  timed(seen: Seen) {
    const issues = seen.calls.filter(({ kind }) => kind === 'issue');
    return issues.map(({ at }) => ({ at, truly: at - this.clockOff }));
  }

  /** The books after a delivery. */
  enter(system: System, asked: Asked, seen: Seen, inOrder: boolean): void {
    const now = system.world.clock.now();
    const issues = seen.calls.filter(({ kind }) => kind === 'issue');
    this.asked = [...this.asked, ...this.timed(seen)];
    const handedOut = issues.filter(({ outcome }) => isToken(outcome));
    this.issued = [...this.issued, ...handedOut.map(({ at }) => at)];
    this.revokedAt = seen.calls.findLast(({ kind }) => kind === 'revoke')?.at ?? this.revokedAt;
    if (!inOrder) this.interrupted = [...this.interrupted, ...Array<number>(seen.invocations).fill(now)];
    const refused = issues.findLast(({ outcome }) => isRefusal(outcome));
    if (['force', 'revoke', 'pause'].includes(asked) || !inOrder) this.refusedAt = undefined;
    if (refused && inOrder && !this.outage) this.refusedAt = refused.at;
    for (const { generation, published } of seen.states)
      this.announced = { generation, print: published?.fingerprint };

    const last = seen.publications.at(-1);
    if (last && last.token !== this.standing) this.killedInSilence = false;
    if (last) this.standing = last.token;
    // What is in the parameter already may have been revoked since, and comes back from some brokers.
    if (last?.alive === false) this.killedInSilence = true;
    if (asked.startsWith('report') && asked !== 'report of an old token' && seen.end === 'answered')
      this.killedInSilence = false;
    if (asked === 'new secret' && seen.end === 'answered') this.untold = false;
    this.#enterPause(asked, seen);
    this.#enterCalm(asked, seen, inOrder);
    this.#enterPatience(system, seen, now);
  }

  #enterPause(asked: Asked, { end }: Seen): void {
    const wish = asked === 'pause' ? true : asked === 'force' || asked === 'revoke' ? false : this.paused;
    this.paused = end === 'answered' || wish === this.paused ? wish : undefined;
  }

  #enterCalm(asked: Asked, seen: Seen, inOrder: boolean): void {
    if (asked !== 'tick' || !inOrder) this.disturb();
    else if (this.inOrder) this.ticksInOrder += 1;
    const issues = seen.calls.filter(({ kind }) => kind === 'issue');
    if (!this.outage) this.handedBack += issues.filter(({ outcome }) => outcome === 'reused').length;
    if (issues.some(({ outcome }) => this.outage || !isToken(outcome))) this.calm = false;
    const last = issues.at(-1);
    const isNew = last?.outcome === 'issued' && last.token === seen.publications.at(-1)?.token;
    if (!isNew || !inOrder || !this.inOrder) return;
    this.calm = true;
    this.handedBack = 0;
  }

  #enterPatience(system: System, seen: Seen, now: number): void {
    // Keys that were refused are tried again after an hour at the latest.
    if (seen.calls.some(({ outcome }) => isRefusal(outcome))) {
      this.keysRefused = true;
      this.refusedUntil = now + HOUR;
    } else if (seen.publications.length > 0) this.keysRefused = false;
    // A broker that hands back a dead token does so to the end of its window, and a minute is given to it.
    const { simulator, published } = system;
    const newest = simulator.tokens.at(-1);
    const last = this.asked.at(-1)?.at;
    const pace = this.budgetMayBeSpent(now) ? CHECK_EVERY : 0;
    if (last !== undefined) this.bePatient(last + Math.max(this.setup.minimumInterval, pace));
    if (newest === undefined || newest.token !== published.token) return;
    const comesBack = simulator.isAlive(newest.token)
      ? published.state?.dead
      : simulator.options.reuseDead !== 'never';
    if (!comesBack) return;
    const { window } = this.setup;
    const until = window > 0 ? newest.issuedAt + window : newest.expiresAt;
    this.bePatient(until + (this.clockWasOff ? HOUR : MINUTE));
  }
}

/** A token was given: a new one, or the one before. */
export function isToken(outcome: string): boolean {
  return outcome === 'issued' || outcome === 'reused';
}

/** Codes that say: this key is not right. */
export function isRefusal(outcome: string): boolean {
  return ['EGW00103', 'EGW00105', '8001'].includes(outcome);
}
