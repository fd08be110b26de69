import { describe, expect, it } from 'vitest';
import { issueFailed, tokenReceived } from '../../../lambdas/decision/issue-result.ts';
import { verified } from '../../../lambdas/decision/transitions.ts';
import { factsAt, kst, TOKEN } from './facts.ts';

const NEAR = kst('08:00');

const STAMP = { at: NEAR, cause: 'schedule', messageId: 'm-1' } as const;
const facts = (parameter: 'ours' | 'changed' = 'ours') =>
  factsAt(NEAR, { parameter, state: { interrupted: true, published: TOKEN } });
const failure = (kind: 'unavailable' | 'unpublished' | 'malformed') =>
  ({ kind, message: 'FAKE', mayHaveActed: kind !== 'unavailable' }) as const;

describe('A state with an interrupted issue call', () => {
  it('stays interrupted when the next issue call is not answered', () => {
    expect(issueFailed(facts(), STAMP, failure('unavailable'), NEAR).interrupted).toBe(true);
  });

  it('is interrupted by a token that could not be stored for certain', () => {
    const before = factsAt(NEAR, { state: { published: TOKEN } });
    expect(issueFailed(before, STAMP, failure('unpublished'), NEAR).interrupted).toBe(true);
    expect(issueFailed(before, STAMP, failure('malformed'), NEAR).interrupted).toBeUndefined();
  });

  it('is not interrupted any more once a token is received', () => {
    const issued = { token: 'FAKE', tokenType: 'Bearer', expiresAt: TOKEN.expiresAt };
    const received = { issued, fingerprint: TOKEN.fingerprint, tokenVersion: 2 };
    expect(tokenReceived(facts(), STAMP, received, NEAR).interrupted).toBeUndefined();
  });

  it.each(['alive', 'dead', 'unclear'] as const)(
    'is not interrupted any more once its own parameter was read for a verdict (%s)',
    (verdict) => {
      expect(verified(facts(), verdict, NEAR).interrupted).toBeUndefined();
      expect(verified(facts('changed'), verdict, NEAR).interrupted).toBe(true);
    },
  );
});
