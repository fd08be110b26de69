import type { TokenRecord } from './read-state.ts';

/** A token that the reader has read. Instants are epoch milliseconds. */
export interface CachedToken {
  readonly token: string;
  /** Absent if the role may not read the state, or if the state is not readable. */
  readonly facts?: TokenRecord | undefined;
  readonly dead: boolean;
  readonly awaitsExpiry: boolean;
  readonly readAt: number;
  /**
   * The end of the last successful read. The end of the last attempt; it is later than `readAt` if that read
   * failed.
   */
  readonly triedAt: number;
}

/** The limits of the cache. Durations are milliseconds. */
export interface CacheLimits {
  /** The time from `renewAt` to the first read, and between two reads while Parameter Store fails. */
  readonly pollInterval: number;
  /** For a token without facts: the longest time for which it is returned without a new read. */
  readonly maximumAge: number;
  /** For a token without facts: the longest time for which it is returned while Parameter Store fails. */
  readonly maximumStale: number;
}

/** The time between two reads while no usable token is cached, in milliseconds. */
export const POLL_INTERVAL_WITHOUT_TOKEN = 2_000;
/**
 * The tolerance for clock differences. If a token was issued further in the future, the clock of this machine
 * is wrong, and the facts are not used.
 */
const CLOCK_TOLERANCE = 60_000;
/**
 * The times of the reads after `renewAt`, in poll intervals: after 30 s, and after the next tick for a check
 * interval of 5 or 12 minutes. With `LAST_POLL` and two reads at the expiry, a token that is kept until its
 * expiry costs six reads.
 */
const POLL_COUNTS = [1, 11, 26];
/**
 * The share of the margin that has passed at the last read: after a third, the refresher calls even an
 * unhealthy broker.
 */
const LAST_POLL_SHARE = 0.4;

/** Whether the token can be returned. */
export function isUsable(entry: CachedToken, now: number): boolean {
  return !entry.dead && (entry.facts === undefined || now < entry.facts.expiresAt);
}

/** When the parameters must be read again. They do not change before `renewAt`. */
export function nextReadAt(entry: CachedToken, limits: CacheLimits, now: number): number {
  const { facts, triedAt, readAt, awaitsExpiry } = entry;
  if (!isUsable(entry, now)) {
    const mayBeReplacedAt = awaitsExpiry && facts ? facts.expiresAt : triedAt;
    return Math.max(triedAt, mayBeReplacedAt) + POLL_INTERVAL_WITHOUT_TOKEN;
  }
  if (facts === undefined || facts.issuedAt > now + CLOCK_TOLERANCE) return triedAt + limits.maximumAge;
  if (triedAt > readAt) return Math.max(facts.renewAt, triedAt) + limits.pollInterval;
  if (awaitsExpiry) return facts.expiresAt;
  return Math.min(facts.expiresAt, nextPoll(facts, triedAt, limits.pollInterval));
}

/** The time of the next read after `renewAt`; infinite after the last one. */
function nextPoll({ renewAt, expiresAt }: TokenRecord, triedAt: number, pollInterval: number): number {
  // Most calls happen before `renewAt`, so this branch comes first and allocates no array.
  if (triedAt < renewAt) return renewAt + pollInterval;
  const lastPoll = renewAt + LAST_POLL_SHARE * (expiresAt - renewAt);
  const polls = [...POLL_COUNTS.map((count) => renewAt + count * pollInterval), lastPoll];
  return Math.min(...polls.filter((at) => at > triedAt));
}

/** Whether the token can be returned although the parameters could not be read. */
export function isUsableWhenStale(entry: CachedToken, { maximumStale }: CacheLimits, now: number): boolean {
  if (!isUsable(entry, now)) return false;
  return entry.facts !== undefined || now < entry.readAt + maximumStale;
}
