import { parseDuration } from '../lib/config/duration.ts';

/** Korea has one zone and no daylight saving: +09:00. */
const KST_OFFSET = 9 * 60 * 60 * 1000;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `2026-11-21 14:20:05`, in KST. */
export function kst(instant: number): string {
  return new Date(instant + KST_OFFSET).toISOString().slice(0, 19).replace('T', ' ');
}

/** `today 14:20`, `tomorrow 05:29`, else `Tue 11-24 05:29`; in KST. */
export function when(instant: number, now: number): string {
  const clock = kst(instant).slice(11, 16);
  switch (dayOf(instant) - dayOf(now)) {
    case 0:
      return `today ${clock}`;
    case 1:
      return `tomorrow ${clock}`;
    case -1:
      return `yesterday ${clock}`;
    default:
      return `${weekday(instant)} ${kst(instant).slice(5, 16)}`;
  }
}

/** `tomorrow 05:29 KST, in 15 h 9 min`. */
export function at(instant: number, now: number): string {
  return `${when(instant, now)} KST, ${relative(instant, now)}`;
}

/** `in 3 h 12 min`, `12 min ago`, `now`. */
export function relative(instant: number, now: number): string {
  const distance = instant - now;
  if (Math.abs(distance) < SECOND) return 'now';
  return distance > 0 ? `in ${span(distance)}` : `${span(-distance)} ago`;
}

/** `45 s`, `12 min`, `3 h 12 min`, `2 d 4 h`: never more than is left. */
export function span(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / SECOND);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `Mon`, in KST. */
export function weekday(instant: number): string {
  return new Date(instant + KST_OFFSET).toUTCString().slice(0, 3);
}

/** Midnight in KST that begins the day of `instant`. */
export function startOfDay(instant: number): number {
  return dayOf(instant) * DAY - KST_OFFSET;
}

function dayOf(instant: number): number {
  return Math.floor((instant + KST_OFFSET) / DAY);
}

export function iso(instant: number): string;
export function iso(instant: number | undefined): string | undefined;
export function iso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}

/**
 * A point in time as a person types it: `14:30` and `2026-11-22 09:00` are KST, `+2h` is from now, and
 * ISO 8601 with a zone is what it says. Undefined if it is none of them.
 */
export function parseInstant(text: string, now: number): number | undefined {
  const later = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined;
  if (later !== undefined) return now + later * SECOND;
  const clock = /^\d{2}:\d{2}$/.test(text) ? `${kst(now).slice(0, 10)} ${text}` : text;
  const [, day, time, zone = '+09:00'] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?$/.exec(clock) ?? [];
  if (day === undefined) return undefined;
  const instant = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}
