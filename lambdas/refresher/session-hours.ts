import { Temporal } from 'temporal-polyfill';
import { SESSION_PRESETS, type Session, type SessionHours, WEEKDAYS } from '../shared/sessions.ts';

/**
 * Begin of the protected time that `instant` lies in, epoch milliseconds; undefined outside of all
 * sessions. Every session is protected from `lead` before its begin to its end (exclusive).
 */
export function protectedSince(
  instant: number,
  sessions: readonly Session[],
  lead: number,
): number | undefined {
  let since: number | undefined;
  for (const session of sessions) {
    for (const [start, end] of occurrencesRound(instant, hoursOf(session), lead)) {
      const from = start - lead;
      if (from <= instant && instant < end && (since === undefined || from < since)) since = from;
    }
  }
  return since;
}

function hoursOf(session: Session): SessionHours {
  return 'preset' in session ? SESSION_PRESETS[session.preset] : session;
}

/**
 * Occurrences that may hold the instant: those that begin on the local day before it (over
 * midnight), on its own day, and on the days that the lead reaches into.
 */
function* occurrencesRound(
  instant: number,
  { days, from, to, timeZone }: SessionHours,
  lead: number,
): Generator<readonly [start: number, end: number]> {
  const first = localDate(instant, timeZone).subtract({ days: 1 });
  const last = localDate(instant + lead, timeZone);
  const overMidnight = to <= from ? 1 : 0;
  for (let day = first; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    const weekday = WEEKDAYS[day.dayOfWeek - 1];
    if (weekday === undefined || !days.includes(weekday)) continue;
    // A wall-clock time that daylight saving skips or repeats is read as RFC 5545 does ("compatible").
    yield [startOf(day, from, timeZone), startOf(day.add({ days: overMidnight }), to, timeZone)];
  }
}

function localDate(instant: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDate();
}

function startOf(day: Temporal.PlainDate, plainTime: string, timeZone: string): number {
  return day.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}
