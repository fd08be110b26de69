import type { TokenRecord } from './read-state.ts';

/** A cached token, with the facts from its state parameter. All times are in epoch milliseconds. */
export interface CachedToken {
  readonly token: string;
  /** Absent if the role has no permission to read the state parameter, or if the state is damaged. */
  readonly facts?: TokenRecord | undefined;
  readonly dead: boolean;
  /** Whether the refresher replaces the token only after its expiry. */
  readonly awaitsExpiry: boolean;
  /** The end of the last successful read. */
  readonly readAt: number;
  /** The end of the last attempt to read. This time is later than `readAt` if the last attempt failed. */
  readonly triedAt: number;
}

/** The durations that control the cache, in milliseconds. */
export interface CacheLimits {
  /**
   * The time from `renewAt` to the first read of the new token, and the time between two reads while
   * Parameter Store fails.
   */
  readonly pollInterval: number;
  /** The longest time for which the reader returns a token without known expiry before the next read. */
  readonly maximumAge: number;
}

/**
 * The longest time for which the reader returns a token without known expiry while Parameter Store fails, in
 * milliseconds.
 */
const MAXIMUM_STALE_AGE = 3_600_000;
/** The time between two reads while no usable token is cached, in milliseconds. */
export const POLL_INTERVAL_WITHOUT_TOKEN = 2_000;
/**
 * The tolerated clock difference, in milliseconds. If the issue time of a token is later than the current
 * time plus this tolerance, the clock of this machine is wrong, and the reader ignores the token's facts.
 */
const CLOCK_TOLERANCE = 60_000;
/**
 * The times of the reads after `renewAt`, as multiples of `pollInterval`. With the default of 30 seconds, the
 * second read follows the first tick of a 5-minute schedule, and the third read follows the first tick of a
 * 12-minute schedule.
 */
const READ_TIMES_IN_POLL_INTERVALS = [1, 11, 26];
/**
 * The time of the last read, as a fraction of the time from `renewAt` to the expiry. After a third of this
 * time, the refresher makes an issue call even if KIS does not answer other calls, so the last read is later.
 */
const LAST_POLL_FRACTION = 0.4;

/** Returns whether the token is neither dead nor expired. */
export function isUsable(entry: CachedToken, now: number): boolean {
  return !entry.dead && (entry.facts === undefined || now < entry.facts.expiresAt);
}

/** Returns the time of the next read. The parameters normally do not change before `renewAt`. */
export function nextReadAt(entry: CachedToken, limits: CacheLimits, now: number): number {
  const { facts, triedAt, readAt, awaitsExpiry } = entry;
  if (!isUsable(entry, now)) {
    const earliestReplacementAt = awaitsExpiry && facts ? facts.expiresAt : triedAt;
    return Math.max(triedAt, earliestReplacementAt) + POLL_INTERVAL_WITHOUT_TOKEN;
  }
  if (facts === undefined || facts.issuedAt > now + CLOCK_TOLERANCE) return triedAt + limits.maximumAge;
  if (triedAt > readAt) return Math.max(facts.renewAt, triedAt) + limits.pollInterval;
  if (awaitsExpiry) return facts.expiresAt;
  return Math.min(facts.expiresAt, nextPollAt(facts, triedAt, limits.pollInterval));
}

/** Returns the time of the next read after `renewAt`, or infinity after the last read. */
function nextPollAt({ renewAt, expiresAt }: TokenRecord, triedAt: number, pollInterval: number): number {
  // Most calls happen before `renewAt`, so this branch comes first and allocates no array.
  if (triedAt < renewAt) return renewAt + pollInterval;
  const lastPollAt = renewAt + LAST_POLL_FRACTION * (expiresAt - renewAt);
  const pollTimes = [
    ...READ_TIMES_IN_POLL_INTERVALS.map((count) => renewAt + count * pollInterval),
    lastPollAt,
  ];
  return Math.min(...pollTimes.filter((at) => at > triedAt));
}

/** Returns whether the reader may return the token after a failed read of the parameters. */
export function isUsableWhenStale(entry: CachedToken, now: number): boolean {
  return isUsable(entry, now) && (entry.facts !== undefined || now < entry.readAt + MAXIMUM_STALE_AGE);
}
