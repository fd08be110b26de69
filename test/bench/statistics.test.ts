import { describe, expect, it } from 'vitest';
import { pairedRatio, summarize } from '../../bench/statistics.ts';

describe('the spread of repeated measurements', () => {
  it('contains the median and the quartiles', () => {
    expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, lowerQuartile: 2, upperQuartile: 4, count: 5 });
    expect(summarize([1, 2, 3, 4])).toMatchObject({ median: 2.5, lowerQuartile: 1.75, upperQuartile: 3.25 });
  });

  it('has the measured value as median and as both quartiles if there is only one measurement', () => {
    expect(summarize([7])).toEqual({ median: 7, lowerQuartile: 7, upperQuartile: 7, count: 1 });
  });

  it.each([[[]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY]]])(
    'cannot be computed for the values %j',
    (values) => {
      expect(() => summarize(values)).toThrow(RangeError);
    },
  );
});

describe('the ratio of two interleaved series', () => {
  it('is computed per repetition, so that the load of other programs affects both series equally', () => {
    // The machine becomes ten times slower in the second half, but `ours` always needs twice the time of
    // `theirs`.
    const ours = [2, 2, 20, 20];
    const theirs = [1, 1, 10, 10];
    expect(pairedRatio(ours, theirs)).toEqual({ median: 2, lowerQuartile: 2, upperQuartile: 2, count: 4 });
  });

  it('cannot be computed for series of different lengths or for a baseline of zero', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('equal numbers of repetitions, got 2 and 1');
    expect(() => pairedRatio([1], [0])).toThrow(RangeError);
  });
});
