import type { TokenRecord } from './read-state.ts';

/** A token as it was read. Instants in epoch milliseconds. */
export interface CachedToken {
  readonly token: string;
  /** Absent without permission to read the state, or if the state is not readable. */
  readonly facts?: TokenRecord | undefined;
  readonly dead: boolean;
  readonly awaitsExpiry: boolean;
  readonly readAt: number;
  /** When the last read started to return or failed; later than `readAt` if it failed. */
  readonly triedAt: number;
}

/** Spans in milliseconds. */
export interface CacheLimits {
  /** From `renewAt` to the first read, and between two reads while Parameter Store fails. */
  readonly pollInterval: number;
  /** Without facts: the longest time for which a token is returned without a read. */
  readonly maximumAge: number;
  /** Without facts: how long a token is returned while Parameter Store fails. */
  readonly maximumStale: number;
}

/** Between two reads while no usable token is cached. */
export const POLL_INTERVAL_WITHOUT_TOKEN = 2_000;
/** If a token was issued further in the future, this machine's clock is wrong and the facts are not used. */
const CLOCK_TOLERANCE = 60_000;
/**
 * Reads after `renewAt`, in poll intervals: at once, after a tick every 5 minutes, after one every 12 minutes.
 * With the read below and two at the expiry, a token that is kept until its expiry costs six reads.
 */
const POLLS = [1, 11, 26];
/** Share of the margin at the last read: the refresher asks an unhealthy broker when a third is used up. */
const LAST_POLL = 0.4;

/** Whether the token can be returned. */
export function isUsable(entry: CachedToken, now: number): boolean {
  return !entry.dead && (entry.facts === undefined || now < entry.facts.expiresAt);
}

/** When the parameters must be read again. Until `renewAt` nothing changes. */
export function nextReadAt(entry: CachedToken, limits: CacheLimits, now: number): number {
  const { facts, triedAt, readAt, awaitsExpiry } = entry;
  if (!isUsable(entry, now)) {
    const replacedAt = awaitsExpiry && facts ? facts.expiresAt : triedAt;
    return Math.max(triedAt, replacedAt) + POLL_INTERVAL_WITHOUT_TOKEN;
  }
  if (facts === undefined || facts.issuedAt > now + CLOCK_TOLERANCE) return triedAt + limits.maximumAge;
  if (triedAt > readAt) return Math.max(facts.renewAt, triedAt) + limits.pollInterval;
  if (awaitsExpiry) return facts.expiresAt;
  return Math.min(facts.expiresAt, nextPoll(facts, triedAt, limits.pollInterval));
}

/** The first read of a renewal that is still to be made; infinite if there is none. */
function nextPoll({ renewAt, expiresAt }: TokenRecord, triedAt: number, pollInterval: number): number {
  // Before `renewAt`, the case of nearly every call, nothing is allocated.
  if (triedAt < renewAt) return renewAt + pollInterval;
  const lastPoll = renewAt + LAST_POLL * (expiresAt - renewAt);
  const polls = [...POLLS.map((count) => renewAt + count * pollInterval), lastPoll];
  return Math.min(...polls.filter((at) => at > triedAt));
}

/** Whether the token can be returned although the parameters could not be read. */
export function usableWhenStale(entry: CachedToken, { maximumStale }: CacheLimits, now: number): boolean {
  if (!isUsable(entry, now)) return false;
  return entry.facts !== undefined || now < entry.readAt + maximumStale;
}
