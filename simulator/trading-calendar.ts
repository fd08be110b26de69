import { protectedSince } from '../lambdas/decision/trading-hours.ts';
import type { Session } from '../lambdas/shared/sessions.ts';

const HALF_HOUR = 30 * 60_000;

const cache = new WeakMap<readonly Session[], Map<number, boolean>>();

/**
 * Whether an instant is in a trading session. Sessions start and end on half hours, so results are cached by
 * half hour.
 */
export function inSession(sessions: readonly Session[], now: number): boolean {
  const cached = cache.get(sessions) ?? new Map<number, boolean>();
  cache.set(sessions, cached);
  const half = Math.floor(now / HALF_HOUR);
  let isInside = cached.get(half);
  if (isInside === undefined) {
    isInside = protectedSince(half * HALF_HOUR, sessions, 0) !== undefined;
    cached.set(half, isInside);
  }
  return isInside;
}
