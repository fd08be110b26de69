import type { TokenFacts } from './token-facts.ts';

/** A token as it was read. */
export interface CachedToken {
  readonly token: string;
  /** Absent without a grant on the state, or if it was not understood. */
  readonly facts?: TokenFacts | undefined;
  readonly dead: boolean;
  /** When it was read, and when somebody last tried to. Epoch milliseconds. */
  readonly readAt: number;
  readonly triedAt: number;
}

export interface CacheLimits {
  /** Between two reads while a change is due. */
  readonly pollInterval: number;
  /** Without facts: how old a token may be. */
  readonly maximumAge: number;
  /** Without facts: how long an old token is handed out while Parameter Store does not answer. */
  readonly maximumStale: number;
}

/** While a living token is missing there is no reason to wait long. */
export const POLL_INTERVAL_WITHOUT_TOKEN = 2_000;
/** More than that behind, this clock is not believed: the token is treated as one without facts. */
const CLOCK_TOLERANCE = 60_000;

/** Whether the entry may be handed out as far as is known. Pure. */
export function isUsable(entry: CachedToken, now: number): boolean {
  return !entry.dead && (entry.facts === undefined || now < entry.facts.expiresAt);
}

/**
 * When the parameters have to be read again. Pure.
 * Until `renewAt` nothing changes; from then on every `pollInterval` until the generation moves.
 */
export function nextReadAt(entry: CachedToken, ages: CacheLimits, now: number): number {
  if (!isUsable(entry, now)) return entry.triedAt + POLL_INTERVAL_WITHOUT_TOKEN;
  const { facts } = entry;
  // A token from the future was issued by a clock that is right: this one is behind.
  if (facts === undefined || facts.issuedAt > now + CLOCK_TOLERANCE) return entry.triedAt + ages.maximumAge;
  // The first read is one interval late: at `renewAt` itself nothing has happened yet.
  return Math.max(facts.renewAt, entry.triedAt) + ages.pollInterval;
}

/** Whether an entry may be handed out although the parameters could not be read. Pure. */
export function usableWhenStale(entry: CachedToken, { maximumStale }: CacheLimits, now: number): boolean {
  if (!isUsable(entry, now)) return false;
  return entry.facts !== undefined || now < entry.readAt + maximumStale;
}
