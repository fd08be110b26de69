import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protectedTimeStart } from '../../../lambdas/decision/trading-hours.ts';
import { type Session, type SessionHours, WEEKDAYS } from '../../../lambdas/shared/sessions.ts';
import { DAY, kst, MINUTE } from './facts.ts';

const hours = (from: string, to: string, change: Partial<SessionHours> = {}): SessionHours => ({
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from,
  to,
  timeZone: 'Asia/Seoul',
  ...change,
});
const LEAD = 7 * MINUTE;

type Row = [sentence: string, sessions: Session[], at: number, since: number | undefined];

describe('The protected time of a session', () => {
  const nxt: Session[] = [{ preset: 'nxt' }];
  const adjacent = [hours('09:00', '12:00'), hours('12:00', '15:00')];
  const closeTogether = [hours('09:00', '12:00'), hours('12:05', '15:00')];
  const wholeDay = [hours('00:00', '23:59', { days: WEEKDAYS })];
  const friday = [hours('09:00', '10:00', { days: ['fri'] })];
  const afterMidnight = [hours('00:02', '01:00', { days: ['mon'] })];
  const sunday = kst('23:55', '2026-11-22');

  it.each<Row>([
    ['does not exist without sessions', [], kst('12:00'), undefined],
    ['starts before the session by the lead time', nxt, kst('07:53'), kst('07:53')],
    ['does not start earlier than the lead time', nxt, kst('07:53') - 1, undefined],
    ['includes the last millisecond of the session', nxt, kst('20:00') - 1, kst('07:53')],
    ['does not include the end of the session', nxt, kst('20:00'), undefined],
    ['starts with the first of two adjacent sessions', adjacent, kst('11:55'), kst('08:53')],
    ['starts with the second of two adjacent sessions after the first', adjacent, kst('12:00'), kst('11:53')],
    ['has no gap that is shorter than the lead time', closeTogether, kst('12:01'), kst('11:58')],
    ['has no gap at midnight for a session until 23:59', wholeDay, kst('23:59'), kst('23:53')],
    ['does not start two days before the session', friday, kst('09:00') - 2 * DAY + LEAD, undefined],
    ['may start on the previous day', afterMidnight, sunday, sunday],
    ['does not start earlier on the previous day', afterMidnight, sunday - 1, undefined],
  ])('%s', (_sentence, sessions, at, since) => {
    expect(protectedTimeStart(at, sessions, LEAD)).toBe(since);
  });

  it('starts two days before the session with a lead time of two days', () => {
    const start = kst('09:00', '2026-11-18');
    expect(protectedTimeStart(start, friday, 2 * DAY)).toBe(start);
    expect(protectedTimeStart(start - 1, friday, 2 * DAY)).toBeUndefined();
  });

  it('starts at the start of the earliest session if several sessions overlap', () => {
    expect(protectedTimeStart(kst('10:00'), [{ preset: 'krx' }, { preset: 'nxt' }], 0)).toBe(kst('08:00'));
  });
});

describe('The hours of a session', () => {
  const krx: Session = { preset: 'krx' };
  const us: Session = { preset: 'us' };
  const newYork = (from: string) => hours(from, '04:00', { days: ['sun'], timeZone: 'America/New_York' });
  const [gap, twice, night] = [newYork('02:30'), newYork('01:30'), newYork('01:00')];

  it.each<[string, Session, instant: string, start: string | undefined]>([
    ['start for KRX at 09:00 KST', krx, '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z'],
    ['start for KRX no millisecond earlier', krx, '2026-11-19T23:59:59.999Z', undefined],
    ['end for KRX at 20:00 KST', krx, '2026-11-20T11:00:00Z', undefined],
    ['do not exist for KRX on Sunday', krx, '2026-11-22T03:00:00Z', undefined],
    ['start for the US at 22:30 KST in summer', us, '2026-07-01T13:30:00Z', '2026-07-01T13:30:00Z'],
    ['do not start for the US at 22:30 KST in winter', us, '2026-12-01T13:30:00Z', undefined],
    ['start for the US at 23:30 KST in winter', us, '2026-12-01T14:30:00Z', '2026-12-01T14:30:00Z'],
    ['for the US on Friday last until Saturday in Korea', us, '2026-11-20T20:59:00Z', '2026-11-20T14:30:00Z'],
    ['for the US on Friday end on Saturday at 06:00 KST', us, '2026-11-20T21:00:00Z', undefined],
    ['for the US do not include Monday morning in Korea', us, '2026-11-15T17:00:00Z', undefined],
    ['are shorter by the hour that New York skips', night, '2026-03-08T07:59:59Z', '2026-03-08T06:00:00Z'],
    ['end after the hour that New York skips', night, '2026-03-08T08:00:00Z', undefined],
    ['do not start in the hour that New York skips', gap, '2026-03-08T07:29:59.999Z', undefined],
    ['start after the hour that New York skips', gap, '2026-03-08T07:30:00Z', '2026-03-08T07:30:00Z'],
    ['are longer by the hour that New York repeats', night, '2026-11-01T08:59:59Z', '2026-11-01T05:00:00Z'],
    ['end after the hour that New York repeats', night, '2026-11-01T09:00:00Z', undefined],
    ['start in the first of two equal hours', twice, '2026-11-01T05:30:00Z', '2026-11-01T05:30:00Z'],
    ['do not start again in the second hour', twice, '2026-11-01T06:30:00Z', '2026-11-01T05:30:00Z'],
  ])('%s', (_sentence, session, instant, start) => {
    const found = protectedTimeStart(Date.parse(instant), [session], 0);
    expect(found).toBe(start === undefined ? undefined : Date.parse(start));
  });
});

/** Whether the session is open according to the local time of Intl, which is independent of the tested code. */
function isOpen(at: number, { days, from, to, timeZone }: SessionHours): boolean {
  const format = {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  } as const;
  const [weekday = '', time = ''] = new Intl.DateTimeFormat('en-GB', format).format(at).split(/,? /);
  const names: readonly string[] = WEEKDAYS;
  const day = names.indexOf(weekday.toLowerCase());
  const isSessionDay = (index: number) => days.some((name) => name === WEEKDAYS.at(index));
  if (from < to) return isSessionDay(day) && from <= time && time < to;
  return (isSessionDay(day) && from <= time) || (isSessionDay(day - 1) && time < to);
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
