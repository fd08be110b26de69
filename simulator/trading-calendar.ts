import { protectedTimeStart } from '../lambdas/decision/trading-hours.ts';
import type { Session } from '../lambdas/shared/sessions.ts';

const HALF_HOUR = 30 * 60_000;

const cachedResults = new WeakMap<readonly Session[], Map<number, boolean>>();

/**
 * Returns whether an instant is in a trading session. Sessions start and end on whole or half hours, so the
 * function caches one result per half hour.
 */
export function inSession(sessions: readonly Session[], now: number): boolean {
  const cached = cachedResults.get(sessions) ?? new Map<number, boolean>();
  cachedResults.set(sessions, cached);
  const halfHour = Math.floor(now / HALF_HOUR);
  let isInside = cached.get(halfHour);
  if (isInside === undefined) {
    isInside = protectedTimeStart(halfHour * HALF_HOUR, sessions, 0) !== undefined;
    cached.set(halfHour, isInside);
  }
  return isInside;
}
