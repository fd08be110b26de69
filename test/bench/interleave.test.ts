import { expect, test } from 'vitest';
import { interleave } from '../../bench/interleave.ts';

test('each round of a benchmark runs all variants, and starts with a different variant than the previous round', async () => {
  const order: string[] = [];
  const results = await interleave(['a', 'b', 'c'], 4, async (name) => order.push(name));
  expect(order.join('')).toBe('abc' + 'bca' + 'cab' + 'abc');
  // The results of each variant are in the order of the rounds, so that ratios compare results of the same
  // round.
  expect(results).toEqual({ a: [1, 6, 8, 10], b: [2, 4, 9, 11], c: [3, 5, 7, 12] });
});
