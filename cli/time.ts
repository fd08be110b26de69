import { setTimeout } from 'node:timers/promises';
import { KST_OFFSET } from '../lambdas/brokers/kst.ts';
import { parseDuration } from '../lib/config/duration.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The clock of a command, in epoch milliseconds. All other code receives the time as an argument. */
export interface CliClock {
  now(): number;
  /** Resolves at once if `instant` is in the past. @throws AbortError after an interruption */
  sleepUntil(instant: number, signal: AbortSignal): Promise<void>;
}

/**
 * The longest delay of one timer, in milliseconds. The clock is read again after each timer, because a
 * Node.js timer is limited to 2^31 − 1 ms, and does not run while the machine is asleep.
 */
const MAX_TIMER_DELAY = MINUTE;

export const cliClock: CliClock = {
  now: () => Date.now(),
  sleepUntil: async (instant, signal) => {
    for (let left = instant - Date.now(); left > 0; left = instant - Date.now())
      await setTimeout(Math.min(left, MAX_TIMER_DELAY), undefined, { signal });
    signal.throwIfAborted();
  },
};

/** Formats an instant in KST: `2026-11-21 14:20:05`. */
export function kst(instant: number): string {
  return new Date(instant + KST_OFFSET).toISOString().slice(0, 19).replace('T', ' ');
}

/** Formats the time of day: `14:20:05 KST`. */
export function clockTime(instant: number): string {
  return `${kst(instant).slice(11)} KST`;
}

/** Formats an instant in KST: `today 14:20`, `tomorrow 05:29`, otherwise `Tue 11-24 05:29`. */
export function formatDayAndTime(instant: number, now: number): string {
  const day = new Map([
    [0, 'today'],
    [1, 'tomorrow'],
    [-1, 'yesterday'],
  ]).get(kstDayNumber(instant) - kstDayNumber(now));
  return `${day ?? `${weekday(instant)} ${kst(instant).slice(5, 10)}`} ${kst(instant).slice(11, 16)}`;
}

/** Formats an instant and the time until or since the instant: `tomorrow 05:29 KST, in 15 h 9 min`. */
export function at(instant: number, now: number): string {
  return `${formatDayAndTime(instant, now)} KST, ${formatRelative(instant, now)}`;
}

/** Formats the time until or since an instant: `in 3 h 12 min`, `12 min ago`, `now`. */
export function formatRelative(instant: number, now: number): string {
  const timeUntil = instant - now;
  if (Math.abs(timeUntil) < SECOND) return 'now';
  return timeUntil > 0 ? `in ${formatSpan(timeUntil)}` : `${formatSpan(-timeUntil)} ago`;
}

/** Formats a duration, rounded down: `45 s`, `12 min`, `3 h 12 min`, `2 d 4 h`. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / SECOND);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 100) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min`;
  const [large, small] =
    hours < 48 ? [`${hours} h`, `${minutes % 60} min`] : [`${Math.floor(hours / 24)} d`, `${hours % 24} h`];
  return small.startsWith('0 ') ? large : `${large} ${small}`;
}

export function weekday(instant: number): string {
  return new Date(instant + KST_OFFSET).toUTCString().slice(0, 3);
}

export function startOfKstDay(instant: number): number {
  return kstDayNumber(instant) * DAY - KST_OFFSET;
}

function kstDayNumber(instant: number): number {
  return Math.floor((instant + KST_OFFSET) / DAY);
}

export function iso(instant: number): string;
export function iso(instant: number | undefined): string | undefined;
export function iso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}

/** Parses `14:30` and `2026-11-22 09:00` (KST), `+2h` (from now), and ISO 8601 with a zone. */
export function parseInstant(text: string, now: number): number | undefined {
  const secondsFromNow = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined;
  if (secondsFromNow !== undefined) return now + secondsFromNow * SECOND;
  const dateAndTime = /^\d{2}:\d{2}$/.test(text) ? `${kst(now).slice(0, 10)} ${text}` : text;
  const [, day, time, zone = '+09:00'] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?$/.exec(dateAndTime) ??
    [];
  if (day === undefined) return undefined;
  const instant = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}
