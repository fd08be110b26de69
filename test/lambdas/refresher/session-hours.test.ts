import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protectedSince } from '../../../lambdas/refresher/session-hours.ts';
import { type Session, type SessionHours, WEEKDAYS } from '../../../lambdas/shared/sessions.ts';
import { DAY, HOUR, kst, MINUTE } from './facts.ts';

const hours = (from: string, to: string, change: Partial<SessionHours> = {}): SessionHours => ({
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from,
  to,
  timeZone: 'Asia/Seoul',
  ...change,
});
const everyDay = { days: WEEKDAYS };
const LEAD = 7 * MINUTE;

type Row = [sentence: string, sessions: Session[], at: number, since: number | undefined];

describe('The time in which a token should not change', () => {
  it.each<Row>([
    ['there is none without sessions', [], kst('12:00'), undefined],
    ['it begins before the session, by the lead', [{ preset: 'nxt' }], kst('07:53'), kst('07:53')],
    ['not a millisecond earlier', [{ preset: 'nxt' }], kst('07:53') - 1, undefined],
    ['it has no tail: the last millisecond', [{ preset: 'nxt' }], kst('20:00') - 1, kst('07:53')],
    ['and the first one after', [{ preset: 'nxt' }], kst('20:00'), undefined],
    [
      'a session that follows another at once begins its lead in it',
      [hours('09:00', '12:00'), hours('12:00', '15:00')],
      kst('11:55'),
      kst('08:53'),
    ],
    [
      'once the first is over, only the second counts',
      [hours('09:00', '12:00'), hours('12:00', '15:00')],
      kst('12:00'),
      kst('11:53'),
    ],
    [
      'a gap shorter than the lead is no gap',
      [hours('09:00', '12:00'), hours('12:05', '15:00')],
      kst('12:01'),
      kst('11:58'),
    ],
    [
      'a session of all but one minute of the day leaves nothing free',
      [hours('00:00', '23:59', everyDay)],
      kst('23:59'),
      kst('23:53'),
    ],
    [
      'a lead longer than a day reaches over days',
      [hours('09:00', '10:00', { days: ['fri'] })],
      kst('09:00') - 2 * DAY + LEAD,
      undefined,
    ],
    [
      'Friday’s night session is not over on Saturday morning in Korea',
      [{ preset: 'us' }],
      kst('05:59', '2026-11-21'),
      kst('23:23'),
    ],
    ['at six it is', [{ preset: 'us' }], kst('06:00', '2026-11-21'), undefined],
    ['Monday’s has not begun on Monday morning', [{ preset: 'us' }], kst('02:00', '2026-11-16'), undefined],
  ])('%s', (_sentence, sessions, at, since) => {
    expect(protectedSince(at, sessions, LEAD)).toBe(since);
  });

  it('a lead of two days protects two days', () => {
    const friday = [hours('09:00', '10:00', { days: ['fri'] })];
    expect(protectedSince(kst('09:00', '2026-11-18'), friday, 2 * DAY)).toBe(kst('09:00', '2026-11-18'));
    expect(protectedSince(kst('09:00', '2026-11-18') - 1, friday, 2 * DAY)).toBeUndefined();
  });

  it('a session that begins in the hour that New York skips begins after it', () => {
    const gap = [hours('02:30', '04:00', { days: ['sun'], timeZone: 'America/New_York' })];
    const skipped = Date.parse('2026-03-08T07:00:00Z');
    expect(protectedSince(skipped + 30 * MINUTE, gap, 0)).toBe(skipped + 30 * MINUTE);
    expect(protectedSince(skipped + 30 * MINUTE - 1, gap, 0)).toBeUndefined();
  });

  it('one that begins in the hour that New York has twice begins in the first', () => {
    const twice = [hours('01:30', '04:00', { days: ['sun'], timeZone: 'America/New_York' })];
    const first = Date.parse('2026-11-01T05:30:00Z');
    expect(protectedSince(first, twice, 0)).toBe(first);
    expect(protectedSince(first + HOUR, twice, 0)).toBe(first);
  });
});

/** What a clock on the wall shows, by another way than the code under test takes. */
function wallClock(at: number, timeZone: string): { day: number; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  const names: readonly string[] = WEEKDAYS;
  const day = names.indexOf(part('weekday').toLowerCase());
  return { day, time: `${part('hour')}:${part('minute')}` };
}

function isOpen(at: number, { days, from, to, timeZone }: SessionHours): boolean {
  const { day, time } = wallClock(at, timeZone);
  const open = (index: number) => days.some((name) => name === WEEKDAYS.at(index));
  if (from < to) return open(day) && from <= time && time < to;
  return (open(day) && from <= time) || (open(day - 1) && time < to);
}

it('is what the clock on the wall says, on any day of any year', () => {
  // From 01:00 to 04:00 a wall clock in New York is not to be trusted twice a year.
  const clock = fc
    .tuple(fc.integer({ min: 4, max: 23 }), fc.nat(59))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const session = fc
    .record({
      days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
      from: clock,
      to: clock,
      timeZone: fc.constantFrom('Asia/Seoul', 'America/New_York', 'Europe/London', 'UTC'),
    })
    .filter(({ from, to }) => from !== to);
  const instant = fc.integer({ min: kst('00:00', '2024-01-01'), max: kst('00:00', '2032-01-01') });
  fc.assert(
    fc.property(session, instant, (session, at) => {
      expect(protectedSince(at, [session], 0) !== undefined).toBe(isOpen(at, session));
    }),
    { numRuns: 500 },
  );
});
