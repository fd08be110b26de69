import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../lib/config/duration.ts';

test.for([
  ['90s', 90],
  ['5m', 300],
  ['60m', 3600],
  ['6h', 21_600],
] as const)('parseDuration reads "%s" as %i seconds', ([text, seconds]) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.for(['', '5', 'm', '0m', '05m', '1.5h', '-5m', '5 m', '5M', '5min', '1d', '1h30m', '99999999h'])(
  'parseDuration rejects "%s"',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.for(['1s', '61s', '5m', '66m', '1h', '18h'])(
  'formatDuration converts the parsed duration "%s" back to the same text',
  (text) => {
    expect(formatDuration(parseDuration(text) ?? 0)).toBe(text);
  },
);
