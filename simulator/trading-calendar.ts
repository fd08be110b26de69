import { protectedSince } from '../lambdas/decision/trading-hours.ts';
import type { Session } from '../lambdas/shared/sessions.ts';

const HALF_HOUR = 30 * 60_000;

const known = new WeakMap<readonly Session[], Map<number, boolean>>();

/** Whether an instant lies in a session. Sessions begin and end on half hours, so the calendar is asked once for each. */
export function inSession(sessions: readonly Session[], now: number): boolean {
  const answers = known.get(sessions) ?? new Map<number, boolean>();
  known.set(sessions, answers);
  const half = Math.floor(now / HALF_HOUR);
  let answer = answers.get(half);
  if (answer === undefined) {
    answer = protectedSince(half * HALF_HOUR, sessions, 0) !== undefined;
    answers.set(half, answer);
  }
  return answer;
}
