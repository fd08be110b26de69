import { protectedSince } from '../../lambdas/decision/trading-hours.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';

const HALF_HOUR = 30 * 60_000;

const known = new Map<string, Map<number, boolean>>();

/** Whether an instant lies in a session. Sessions begin and end on half hours, so the calendar is asked once for each. */
export function inSession(sessions: readonly Session[], now: number): boolean {
  const key = JSON.stringify(sessions);
  const answers = known.get(key) ?? new Map<number, boolean>();
  known.set(key, answers);
  const half = Math.floor(now / HALF_HOUR);
  const answer = answers.get(half) ?? protectedSince(half * HALF_HOUR, sessions, 0) !== undefined;
  answers.set(half, answer);
  return answer;
}
