import * as v from 'valibot';

/**
 * The hours in which a token should not change. The start `from` is inclusive, and the end `to` is exclusive.
 * If `to` is not after `from`, the session ends on the next day. The IANA name `timeZone` determines daylight
 * saving time.
 */
export interface SessionHours {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

export type SessionPreset = 'krx' | 'nxt' | 'us';
export type Session = { readonly preset: SessionPreset } | SessionHours;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const WORKDAYS = WEEKDAYS.slice(0, 5);

/** The trading hours as of November 2026. For the sources, see docs/brokers.md § Trading hours. */
export const SESSION_PRESETS: Readonly<Record<SessionPreset, SessionHours>> = {
  /** KRX (Korea Exchange): from the regular session to the after-market session (since 2026-09-14). */
  krx: { days: WORKDAYS, from: '09:00', to: '20:00', timeZone: 'Asia/Seoul' },
  /** NXT (Nextrade). */
  nxt: { days: WORKDAYS, from: '08:00', to: '20:00', timeZone: 'Asia/Seoul' },
  /** The regular hours of the US markets; in Korea 22:30–05:00 in US daylight saving time, or 1 h later. */
  us: { days: WORKDAYS, from: '09:30', to: '16:00', timeZone: 'America/New_York' },
};

const clockTime = v.pipe(
  v.string(),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day as "HH:MM", 00:00 to 23:59'),
);

const timeZone = v.pipe(
  v.string(),
  v.check(isTimeZone, 'must be an IANA time zone such as "Asia/Seoul" or "America/New_York"'),
);

/** @internal */
export const sessionSchema: v.GenericSchema<unknown, Session> = v.union(
  [
    v.strictObject({ preset: v.picklist(['krx', 'nxt', 'us']) }),
    v.pipe(
      v.strictObject({
        days: v.pipe(v.array(v.picklist(WEEKDAYS)), v.minLength(1, 'must name at least one day')),
        from: clockTime,
        to: clockTime,
        timeZone,
      }),
      v.check(({ from, to }) => from !== to, '"from" and "to" must differ'),
    ),
  ],
  'must be {"preset":"krx"|"nxt"|"us"} or {"days":["mon",…],"from":"08:00","to":"20:00","timeZone":"Asia/Seoul"}',
);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Intl also accepts an offset such as "+09:00", which has no daylight saving time.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
