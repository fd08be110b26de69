import { describe, expect, it } from 'vitest';
import { behaviourOf } from '../../simulator/explore/behaviours.ts';
import { replay, type Start } from '../../simulator/explore/search.ts';

/** Shortest histories that once ended badly, as `npm run explore` printed them. */
const FOUND: readonly (readonly [behaviour: string, start: Start, first: string, second: string])[] = [
  [
    'kis',
    'inside the margin',
    'the stack gets another KMS key',
    'a requested revocation with a pause; writeToken (call 6) is the last one before the function is killed',
  ],
  [
    'kis',
    'before expiry',
    'the token parameter is deleted',
    'a requested revocation with a pause; writeToken (call 6) is the last one before the function is killed',
  ],
  [
    'kis-smallest-budget',
    'fresh',
    'the token parameter is deleted',
    'a tick; writeState (call 4) takes effect and its answer is lost',
  ],
];

describe('A history that npm run explore found', () => {
  it.each(FOUND)('ends well: %s, %s: %s; %s', async (behaviour, start, ...history) => {
    const { broken } = await replay(behaviourOf(behaviour), start, history);
    expect(broken).toBeUndefined();
  });
});
