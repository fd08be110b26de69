import { SESSION_PRESETS, type Session } from '../lambdas/shared/sessions.ts';

/** Formats a session, for example `nxt 08:00–20:00 Asia/Seoul, mon–fri`. */
export function sessionText(session: Session): string {
  const presetPrefix = 'preset' in session ? `${session.preset} ` : '';
  const { days, from, to, timeZone } = 'preset' in session ? SESSION_PRESETS[session.preset] : session;
  const week = days.join() === 'mon,tue,wed,thu,fri' ? 'mon–fri' : days.join(' ');
  return `${presetPrefix}${from}–${to} ${timeZone}, ${week}`;
}
