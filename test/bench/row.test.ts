import { describe, expect, it } from 'vitest';
import { benchTable } from '../../bench/bench-table.ts';
import { brokenBounds, counted, formatFigure, measured } from '../../bench/row.ts';

describe('what must hold', () => {
  it('may be reached and not passed', () => {
    expect(brokenBounds([{ what: 'calls', got: 1, most: 1 }])).toEqual([]);
    expect(brokenBounds([{ what: 'calls', got: 2, most: 1 }])).toEqual(['calls: got 2, allowed at most 1']);
  });

  it('does not hold if it could not be measured', () => {
    expect(brokenBounds([{ what: 'ratio', got: Number.NaN, most: 1 }])).toHaveLength(1);
  });
});

describe('the table', () => {
  it('tells both sides, the ratio, its spread and how often it was measured', () => {
    const row = measured('cold start', 'an empty file', 'ms', [200, 220, 240], [100, 100, 100]);
    expect(benchTable([row])).toEqual([
      '| figure | ours | against | theirs | ratio | half of all between | repetitions |',
      '|---|---:|---|---:|---:|---:|---:|',
      '| cold start | 220 ms | an empty file | 100 ms | 2.20 × | 2.10 × – 2.30 × | 3 |',
    ]);
  });

  it('says of a count that it was counted', () => {
    expect(benchTable([counted('calls', 'the least', '', 6, 5)]).at(-1)).toBe(
      '| calls | 6 | the least | 5 | 1.20 × |  | counted |',
    );
  });

  it('shows three digits, and whole numbers whole', () => {
    expect([0.123456, 12.3456, 1234.56, 17_280].map(formatFigure)).toEqual([
      '0.123',
      '12.3',
      '1,230',
      '17,280',
    ]);
  });
});
