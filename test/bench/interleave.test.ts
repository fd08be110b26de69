import { expect, test } from 'vitest';
import { interleave } from '../../bench/interleave.ts';

test('all have their turn in each round, and another one begins it', async () => {
  const order: string[] = [];
  const results = await interleave(['a', 'b', 'c'], 4, async (name) => order.push(name));
  expect(order.join('')).toBe('abc' + 'bca' + 'cab' + 'abc');
  // What each one got, in the order of the rounds: these are the pairs that ratios are made of.
  expect(results).toEqual({ a: [1, 6, 8, 10], b: [2, 4, 9, 11], c: [3, 5, 7, 12] });
});
