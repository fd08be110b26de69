import { describe, expect, test } from 'vitest';
import {
  at,
  formatDayAndTime,
  formatRelative,
  formatSpan,
  kst,
  parseInstant,
  SECOND,
  startOfKstDay,
} from '../../cli/time.ts';

/** The current time in these tests: Saturday 2026-11-21 23:50:00 KST. */
const NOW = Date.parse('2026-11-21T14:50:00Z');

describe('a time in the output of the command line', () => {
  test.each([
    ['2026-11-21T14:59:00Z', 'today 23:59'],
    ['2026-11-21T15:01:00Z', 'tomorrow 00:01'],
    ['2026-11-20T14:59:00Z', 'yesterday 23:59'],
    ['2026-11-24T00:00:00Z', 'Tue 11-24 09:00'],
  ])('for the instant %s is "%s"', (instant, text) => {
    expect(formatDayAndTime(Date.parse(instant), NOW)).toBe(text);
  });

  test('includes the duration until or since that time', () => {
    expect(at(NOW + 11 * 60 * SECOND, NOW)).toBe('tomorrow 00:01 KST, in 11 min');
    expect(formatRelative(NOW - 90 * SECOND, NOW)).toBe('90 s ago');
    expect(formatRelative(NOW, NOW)).toBe('now');
  });
});

test('the days in the output of the command line start at midnight in Seoul', () => {
  expect(kst(startOfKstDay(NOW))).toBe('2026-11-21 00:00:00');
});

test.each([
  [0, '0 s'],
  [99_999, '99 s'],
  [100_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [47.99 * 3_600_000, '47 h 59 min'],
  [48 * 3_600_000, '2 d'],
  [52 * 3_600_000, '2 d 4 h'],
])('a duration of %d ms is shown as %s', (milliseconds, text) => {
  expect(formatSpan(milliseconds)).toBe(text);
});

describe('the option "--at"', () => {
  test.each([
    ['23:30', '2026-11-21T14:30:00Z'],
    ['2026-11-30 09:00', '2026-11-30T00:00:00Z'],
    ['2026-11-30T09:00:30', '2026-11-30T00:00:30Z'],
    ['2026-11-30T09:00:00Z', '2026-11-30T09:00:00Z'],
    ['2026-11-30T09:00:00-05:00', '2026-11-30T14:00:00Z'],
    ['+90m', '2026-11-21T16:20:00Z'],
  ])('accepts %s', (text, instant) => {
    expect(parseInstant(text, NOW)).toBe(Date.parse(instant));
  });

  test.each(['noon', '25:00', '2026-13-01 09:00', '+5', '', '2026-11-30'])('rejects "%s"', (text) => {
    expect(parseInstant(text, NOW)).toBeUndefined();
  });
});
