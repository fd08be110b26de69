import * as Instant from 'temporal-polyfill/fns/Instant';
import * as PlainDate from 'temporal-polyfill/fns/PlainDate';
import * as PlainTime from 'temporal-polyfill/fns/PlainTime';
import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime';
import { SESSION_PRESETS, type Session, WEEKDAYS } from '../shared/sessions.ts';

// This file uses the functions of Temporal instead of its classes, because esbuild then bundles only the
// functions in use (docs/performance.md).

/**
 * Returns the start of the protected time that contains `instant`, or undefined if there is none. The
 * protected time of a session starts `lead` before the session and ends with the session (exclusive).
 */
export function protectedTimeStart(
  instant: number,
  sessions: readonly Session[],
  lead: number,
): number | undefined {
  const startTimes = sessions.flatMap((session) => protectedTimeStarts(instant, session, lead));
  return startTimes.length === 0 ? undefined : Math.min(...startTimes);
}

function protectedTimeStarts(instant: number, session: Session, lead: number): readonly number[] {
  const { days, from, to, timeZone } = 'preset' in session ? SESSION_PRESETS[session.preset] : session;
  const startTimes: number[] = [];
  const endDayOffset = to <= from ? 1 : 0;
  const lastDay = localDate(instant + lead, timeZone);
  let day = PlainDate.subtractDays(localDate(instant, timeZone), 1);
  for (; PlainDate.compare(day, lastDay) <= 0; day = PlainDate.addDays(day, 1)) {
    const weekday = WEEKDAYS[PlainDate.dayOfWeek(day) - 1];
    if (weekday === undefined || !days.includes(weekday)) continue;
    const start = instantOfLocalTime(day, from, timeZone) - lead;
    const end = instantOfLocalTime(PlainDate.addDays(day, endDayOffset), to, timeZone);
    if (start <= instant && instant < end) startTimes.push(start);
  }
  return startTimes;
}

function localDate(instant: number, timeZone: string): PlainDate.Record {
  const zonedInstant = Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(instant), timeZone);
  return ZonedDateTime.toPlainDate(zonedInstant);
}

/** For a time that daylight saving time skips or repeats, Temporal follows RFC 5545 ("compatible"). */
function instantOfLocalTime(day: PlainDate.Record, time: string, timeZone: string): number {
  const plainTime = PlainTime.fromString(time);
  return PlainDate.toZonedDateTime(day, { timeZone, plainTime }).epochMilliseconds;
}
