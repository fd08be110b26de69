import { describe, expect, it } from 'vitest';
import { addIssueCall } from '../../../lambdas/shared/state.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const AT = Date.UTC(2026, 10, 21);

describe('The list of issue calls in the state', () => {
  it('contains no issue call that is 24 hours old', () => {
    expect(addIssueCall([AT, AT + 1], AT + 24 * HOUR)).toEqual([AT + 1, AT + 24 * HOUR]);
  });

  it('keeps the newest 32 issue calls', () => {
    const day = Array.from({ length: 40 }, (_, index) => AT + index * SECOND);
    expect(addIssueCall(day, AT + HOUR)).toEqual([...day.slice(9), AT + HOUR]);
  });
});
