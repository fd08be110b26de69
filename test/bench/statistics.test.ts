import { describe, expect, it } from 'vitest';
import { pairedRatio, spread } from '../../bench/statistics.ts';

describe('a figure of many repetitions', () => {
  it('is told by its median and by the quartiles that half of them lie between', () => {
    expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4, count: 5 });
    expect(spread([1, 2, 3, 4])).toEqual({ median: 2.5, low: 1.75, high: 3.25, count: 4 });
  });

  it('is not moved by one repetition that the machine disturbed', () => {
    expect(spread([10, 10, 10, 10, 900]).median).toBe(10);
  });

  it('is itself when it was measured once', () => {
    expect(spread([7])).toEqual({ median: 7, low: 7, high: 7, count: 1 });
  });

  it.each([[[]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY]]])('is refused when it is %j', (values) => {
    expect(() => spread(values)).toThrow(RangeError);
  });
});

describe('the ratio of two things measured in turn', () => {
  it('compares each repetition with its neighbour, so that a slow minute meets both alike', () => {
    // The machine is ten times slower in the second half; ours is always twice theirs.
    const ours = [2, 2, 20, 20];
    const theirs = [1, 1, 10, 10];
    expect(pairedRatio(ours, theirs)).toEqual({ median: 2, low: 2, high: 2, count: 4 });
  });

  it('is refused without a pair for each, or when theirs took no time at all', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('equal numbers of repetitions, got 2 and 1');
    expect(() => pairedRatio([1], [0])).toThrow(RangeError);
  });
});
