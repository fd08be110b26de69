import { describe, expect, it } from 'vitest';
import { withIssue } from '../../../lambdas/shared/state.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const AT = Date.UTC(2026, 10, 21);

describe('withIssue', () => {
  it('removes calls that are 24 hours old, to the millisecond', () => {
    expect(withIssue([AT, AT + 1], AT + 24 * HOUR)).toEqual([AT + 1, AT + 24 * HOUR]);
  });

  it('keeps the newest 32 calls', () => {
    const day = Array.from({ length: 40 }, (_, index) => AT + index * SECOND);
    expect(withIssue(day, AT + HOUR)).toEqual([...day.slice(9), AT + HOUR]);
  });
});
