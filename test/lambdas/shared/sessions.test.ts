import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { SESSION_PRESETS, type Session, sessionSchema } from '../../../lambdas/shared/sessions.ts';

const HOURS = { days: ['mon'], from: '08:00', to: '20:00', timeZone: 'Asia/Seoul' };

describe('Hours in which a token should not change', () => {
  it.each<[sentence: string, session: Session]>([
    ['over midnight', { ...HOURS, days: ['fri'], from: '22:30', to: '05:00' }],
    ['from midnight to 23:59', { ...HOURS, days: ['fri'], from: '00:00', to: '23:59' }],
    ['in a time zone with a sign in its name', { ...HOURS, days: ['fri'], timeZone: 'Etc/GMT-9' }],
  ])('can be %s', (_sentence, session) => {
    expect(v.parse(sessionSchema, session)).toEqual(session);
  });

  it.each<[sentence: string, session: unknown]>([
    ['an unknown preset', { preset: 'moon' }],
    ['a preset with hours', { preset: 'krx', from: '08:00' }],
    ['a day in Korean', { ...HOURS, days: ['월'] }],
    ['no start', { ...HOURS, from: undefined }],
    ['the hour 24', { ...HOURS, to: '24:00' }],
    ['the minute 60', { ...HOURS, to: '20:60' }],
    ['a time with seconds', { ...HOURS, to: '20:00:00' }],
    ['a line break after the time', { ...HOURS, to: '20:00\n' }],
    ['no time zone', { ...HOURS, timeZone: undefined }],
    ['an empty time zone', { ...HOURS, timeZone: '' }],
    ['a time zone that does not exist', { ...HOURS, timeZone: 'Asia/Atlantis' }],
    ['a UTC offset instead of a time zone', { ...HOURS, timeZone: '+09:00' }],
    ['a negative UTC offset instead of a time zone', { ...HOURS, timeZone: '-05:00' }],
    ['an unknown field', { ...HOURS, holidays: true }],
    ['null instead of an object', null],
  ])('are rejected with %s', (_sentence, session) => {
    expect(v.safeParse(sessionSchema, session).success).toBe(false);
  });

  it.each<[session: unknown, complaint: string]>([
    [{ ...HOURS, from: '8:00' }, 'must be a time of day as "HH:MM", 00:00 to 23:59'],
    [{ ...HOURS, timeZone: 'KST' }, 'must be an IANA time zone such as "Asia/Seoul"'],
    [{ ...HOURS, days: [] }, 'must name at least one day'],
    [{ ...HOURS, to: '08:00' }, '"from" and "to" must differ'],
    ['krx', 'must be {"preset":"krx"|"nxt"|"us"} or {"days":'],
  ])('are rejected for %j with a message that lists the allowed values', (session, complaint) => {
    expect(
      JSON.stringify(v.safeParse(sessionSchema, session).issues?.map(({ message }) => message)),
    ).toContain(JSON.stringify(complaint).slice(1, -1));
  });

  it.each<[preset: keyof typeof SESSION_PRESETS, hours: string]>([
    ['krx', '09:00-20:00 Asia/Seoul'],
    ['nxt', '08:00-20:00 Asia/Seoul'],
    ['us', '09:30-16:00 America/New_York'],
  ])('with the preset "%s" are from Monday to Friday, %s', (preset, hours) => {
    const session = SESSION_PRESETS[preset];
    expect(`${session.from}-${session.to} ${session.timeZone}`).toBe(hours);
    expect(session.days).toEqual(['mon', 'tue', 'wed', 'thu', 'fri']);
    expect(v.parse(sessionSchema, session)).toEqual(session);
  });
});
