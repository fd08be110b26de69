import * as Instant from 'temporal-polyfill/fns/Instant';
import * as PlainDate from 'temporal-polyfill/fns/PlainDate';
import * as PlainTime from 'temporal-polyfill/fns/PlainTime';
import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime';
import { SESSION_PRESETS, type Session, type SessionHours, WEEKDAYS } from '../shared/sessions.ts';

// This file uses the functions of Temporal instead of its classes, because esbuild then bundles only the
// functions in use (docs/performance.md).

/**
 * Returns the start of the protected time that contains `instant`, or undefined if there is none. The
 * protected time of a session starts `lead` milliseconds before the session and ends with the session
 * (exclusive).
 */
export function protectedTimeStart(
  instant: number,
  sessions: readonly Session[],
  lead: number,
): number | undefined {
  let earliestStart: number | undefined;
  for (const session of sessions) {
    for (const [start, end] of occurrencesAround(instant, hoursOf(session), lead)) {
      const protectedFrom = start - lead;
      if (
        protectedFrom <= instant &&
        instant < end &&
        (earliestStart === undefined || protectedFrom < earliestStart)
      )
        earliestStart = protectedFrom;
    }
  }
  return earliestStart;
}

function hoursOf(session: Session): SessionHours {
  return 'preset' in session ? SESSION_PRESETS[session.preset] : session;
}

/**
 * Returns the start and the end of each session whose protected time may contain `instant`. These sessions
 * start between the previous local day and the local day of `instant` plus `lead`.
 */
function* occurrencesAround(
  instant: number,
  { days, from, to, timeZone }: SessionHours,
  lead: number,
): Generator<readonly [start: number, end: number]> {
  const firstDay = PlainDate.subtractDays(localDate(instant, timeZone), 1);
  const lastDay = localDate(instant + lead, timeZone);
  const endDayOffset = to <= from ? 1 : 0;
  for (let day = firstDay; PlainDate.compare(day, lastDay) <= 0; day = PlainDate.addDays(day, 1)) {
    const weekday = WEEKDAYS[PlainDate.dayOfWeek(day) - 1];
    if (weekday === undefined || !days.includes(weekday)) continue;
    // Daylight saving time skips or repeats some local times. Temporal resolves skipped and repeated times as
    // RFC 5545 requires ("compatible").
    yield [
      instantOfLocalTime(day, from, timeZone),
      instantOfLocalTime(PlainDate.addDays(day, endDayOffset), to, timeZone),
    ];
  }
}

function localDate(instant: number, timeZone: string): PlainDate.Record {
  return ZonedDateTime.toPlainDate(
    Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(instant), timeZone),
  );
}

function instantOfLocalTime(day: PlainDate.Record, plainTime: string, timeZone: string): number {
  const start = PlainDate.toZonedDateTime(day, { timeZone, plainTime: PlainTime.fromString(plainTime) });
  return start.epochMilliseconds;
}
