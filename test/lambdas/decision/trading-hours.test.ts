import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protectedTimeStart } from '../../../lambdas/decision/trading-hours.ts';
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

describe('The protected time of a session', () => {
  it.each<Row>([
    ['does not exist without sessions', [], kst('12:00'), undefined],
    ['starts before the session by the lead time', [{ preset: 'nxt' }], kst('07:53'), kst('07:53')],
    ['does not start earlier than the lead time', [{ preset: 'nxt' }], kst('07:53') - 1, undefined],
    ['includes the last millisecond of the session', [{ preset: 'nxt' }], kst('20:00') - 1, kst('07:53')],
    ['does not include the end of the session', [{ preset: 'nxt' }], kst('20:00'), undefined],
    [
      'starts at the start of the first lead time during the first of two adjacent sessions',
      [hours('09:00', '12:00'), hours('12:00', '15:00')],
      kst('11:55'),
      kst('08:53'),
    ],
    [
      'starts at the start of the second lead time after the first of two adjacent sessions',
      [hours('09:00', '12:00'), hours('12:00', '15:00')],
      kst('12:00'),
      kst('11:53'),
    ],
    [
      'has no gap between two sessions if the gap is shorter than the lead time',
      [hours('09:00', '12:00'), hours('12:05', '15:00')],
      kst('12:01'),
      kst('11:58'),
    ],
    [
      'is the whole day for a session from 00:00 to 23:59 every day',
      [hours('00:00', '23:59', everyDay)],
      kst('23:59'),
      kst('23:53'),
    ],
    [
      'does not start two days before the session with a lead time of 7 min',
      [hours('09:00', '10:00', { days: ['fri'] })],
      kst('09:00') - 2 * DAY + LEAD,
      undefined,
    ],
    [
      'lasts until Saturday morning in Korea for Friday in New York',
      [{ preset: 'us' }],
      kst('05:59', '2026-11-21'),
      kst('23:23'),
    ],
    [
      'ends on Saturday at 06:00 KST for Friday in New York',
      [{ preset: 'us' }],
      kst('06:00', '2026-11-21'),
      undefined,
    ],
    [
      'does not include Monday morning in Korea for Monday in New York',
      [{ preset: 'us' }],
      kst('02:00', '2026-11-16'),
      undefined,
    ],
  ])('%s', (_sentence, sessions, at, since) => {
    expect(protectedTimeStart(at, sessions, LEAD)).toBe(since);
  });

  it('starts two days before the session with a lead time of two days', () => {
    const friday = [hours('09:00', '10:00', { days: ['fri'] })];
    expect(protectedTimeStart(kst('09:00', '2026-11-18'), friday, 2 * DAY)).toBe(kst('09:00', '2026-11-18'));
    expect(protectedTimeStart(kst('09:00', '2026-11-18') - 1, friday, 2 * DAY)).toBeUndefined();
  });

  it('starts after the skipped hour if the session starts in the hour that New York skips', () => {
    const gap = [hours('02:30', '04:00', { days: ['sun'], timeZone: 'America/New_York' })];
    const skipped = Date.parse('2026-03-08T07:00:00Z');
    expect(protectedTimeStart(skipped + 30 * MINUTE, gap, 0)).toBe(skipped + 30 * MINUTE);
    expect(protectedTimeStart(skipped + 30 * MINUTE - 1, gap, 0)).toBeUndefined();
  });

  it('starts in the first of the two equal hours when New York repeats an hour', () => {
    const twice = [hours('01:30', '04:00', { days: ['sun'], timeZone: 'America/New_York' })];
    const first = Date.parse('2026-11-01T05:30:00Z');
    expect(protectedTimeStart(first, twice, 0)).toBe(first);
    expect(protectedTimeStart(first + HOUR, twice, 0)).toBe(first);
  });
});

describe('The hours of a session', () => {
  const ny: Session = { days: ['sun'], from: '01:00', to: '04:00', timeZone: 'America/New_York' };
  const night: Session = { days: ['fri'], from: '22:30', to: '05:00', timeZone: 'Asia/Seoul' };
  it.each<[string, Session, string, string | undefined]>([
    ['start for KRX at 09:00 KST', { preset: 'krx' }, '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z'],
    ['start for KRX no millisecond earlier', { preset: 'krx' }, '2026-11-19T23:59:59.999Z', undefined],
    ['end for KRX at 20:00 KST', { preset: 'krx' }, '2026-11-20T11:00:00Z', undefined],
    ['do not exist for KRX on Sunday', { preset: 'krx' }, '2026-11-22T03:00:00Z', undefined],
    [
      'start for New York at 22:30 KST in its summer',
      { preset: 'us' },
      '2026-07-01T13:30:00Z',
      '2026-07-01T13:30:00Z',
    ],
    [
      'do not start for New York at 22:30 KST in its winter',
      { preset: 'us' },
      '2026-12-01T13:30:00Z',
      undefined,
    ],
    [
      'start for New York at 23:30 KST in its winter',
      { preset: 'us' },
      '2026-12-01T14:30:00Z',
      '2026-12-01T14:30:00Z',
    ],
    [
      'over midnight belong to the day on which they start',
      night,
      '2026-11-20T18:00:00Z',
      '2026-11-20T13:30:00Z',
    ],
    ['over midnight end in the morning', night, '2026-11-20T20:00:00Z', undefined],
    ['over midnight do not belong to the day before', night, '2026-11-19T18:00:00Z', undefined],
    ['are shorter by the hour that New York skips', ny, '2026-03-08T07:59:59Z', '2026-03-08T06:00:00Z'],
    ['end after the hour that New York skips', ny, '2026-03-08T08:00:00Z', undefined],
    ['are longer by the hour that New York repeats', ny, '2026-11-01T08:59:59Z', '2026-11-01T05:00:00Z'],
    ['end after the hour that New York repeats', ny, '2026-11-01T09:00:00Z', undefined],
  ])('%s', (_sentence, session, instant, since) => {
    const found = protectedTimeStart(Date.parse(instant), [session], 0);
    expect(found).toBe(since === undefined ? undefined : Date.parse(since));
  });

  it('start earlier by the lead time, possibly on the previous day', () => {
    const early: Session = { days: ['mon'], from: '00:02', to: '01:00', timeZone: 'Asia/Seoul' };
    const sunday = kst('23:55', '2026-11-22');
    expect(protectedTimeStart(sunday, [early], 7 * MINUTE)).toBe(sunday);
    expect(protectedTimeStart(sunday - 1, [early], 7 * MINUTE)).toBeUndefined();
  });

  it('start at the start of the earliest session if several sessions overlap', () => {
    expect(protectedTimeStart(kst('10:00'), [{ preset: 'krx' }, { preset: 'nxt' }], 0)).toBe(kst('08:00'));
  });
});

/** Returns the local time according to Intl, which is independent of the tested code. */
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

it('The protected time of a session without a lead time equals the hours of the session on the local clock', () => {
  // The generated sessions contain no hour before 04:00, because the local time in New York is ambiguous or
  // missing in some of these hours twice a year.
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
      expect(protectedTimeStart(at, [session], 0) !== undefined).toBe(isOpen(at, session));
    }),
    { numRuns: 500 },
  );
});
