import { expect, test } from 'vitest';
import { benchTable, createRow, describeExceededBounds, formatFigure } from '../../bench/row.ts';

test('a benchmark limit allows a value that equals the limit, but no higher value', () => {
  expect(describeExceededBounds([['calls', 1, 1]])).toEqual([]);
  expect(describeExceededBounds([['calls', 2, 1]])).toEqual(['calls: got 2, allowed at most 1']);
});

test('a benchmark limit is reported as exceeded if the value could not be measured', () => {
  expect(describeExceededBounds([['ratio', Number.NaN, 1]])).toHaveLength(1);
});

test('the benchmark table shows both variants, the ratio, its quartiles and the number of repetitions', () => {
  const row = createRow('cold start', 'an empty file', 'ms', [200, 220, 240], [100, 100, 100]);
  expect(benchTable([row])).toEqual([
    '| figure | ours | baseline | theirs | ratio | quartiles | repetitions |',
    '|---|---:|---|---:|---:|---:|---:|',
    '| cold start | 220 ms | an empty file | 100 ms | 2.20 × | 2.10 × – 2.30 × | 3 |',
  ]);
});

test('the benchmark table shows "counted" instead of a number of repetitions if a figure was measured once', () => {
  expect(benchTable([createRow('calls', 'the least', '', [6], [5])]).at(-1)).toBe(
    '| calls | 6 | the least | 5 | 1.20 × |  | counted |',
  );
});

test('formatFigure rounds measured figures to three significant digits, and does not round whole numbers', () => {
  const figures = [0.123456, 12.3456, 1234.56, 17_280].map(formatFigure);
  expect(figures).toEqual(['0.123', '12.3', '1,230', '17,280']);
});
