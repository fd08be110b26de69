import { describe, expect, it } from 'vitest';
import { issueFailed } from '../../../lambdas/decision/issue-result.ts';
import { factsAt, kst, TOKEN } from './facts.ts';

const NEAR = kst('08:00');

const STAMP = { at: NEAR, cause: 'schedule', messageId: 'm-1' } as const;
const failure = (kind: 'unavailable' | 'unpublished' | 'malformed') =>
  ({ kind, message: 'FAKE', mayHaveActed: kind !== 'unavailable' }) as const;

describe('A state with an interrupted issue call', () => {
  it('is interrupted by a token that could not be stored for certain', () => {
    const before = factsAt(NEAR, { state: { published: TOKEN } });
    expect(issueFailed(before, STAMP, failure('unpublished'), NEAR).interrupted).toBe(true);
    expect(issueFailed(before, STAMP, failure('malformed'), NEAR).interrupted).toBeUndefined();
  });
});
