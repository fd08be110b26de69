import type { CredentialConfig } from '../lambdas/shared/credential.ts';
import { fingerprint } from '../lambdas/shared/fingerprint.ts';
import type { Attempt, PublishedToken, State } from '../lambdas/shared/state.ts';

const HOUR = 3_600_000;
const SECRET_ARN = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake-AbCdEf';

export const CONFIG: CredentialConfig = {
  version: 1,
  id: 'kis-main',
  broker: 'kis',
  market: 'live',
  secretArn: SECRET_ARN,
  renewBeforeSeconds: 3600,
  checkEverySeconds: 300,
  sessions: [],
  maxIssuesPerDay: 8,
};

/**
 * Returns the state of a published KIS token with a lifetime of 24 hours and a renewal one hour before its
 * expiry.
 */
export function publishedToken(
  token: string,
  issuedAt: number,
  change: Partial<PublishedToken> = {},
): PublishedToken {
  return {
    fingerprint: fingerprint(token),
    tokenType: 'Bearer',
    issuedAt,
    expiresAt: issuedAt + 24 * HOUR,
    renewAt: issuedAt + 23 * HOUR,
    tokenVersion: 1,
    health: 'live',
    issuedFor: {
      broker: 'kis',
      market: 'live',
      secretArn: SECRET_ARN,
      secretVersion: 'v1',
      appKey: 'abcdef012345',
      tokenKeyArn: 'arn:aws:kms:ap-northeast-2:123456789012:key/fake',
    },
    ...change,
  };
}

/** Returns the state of a healthy credential whose token was issued at `issuedAt`. */
export function healthyState(issuedAt: number): State {
  return {
    generation: 41,
    published: publishedToken('FAKE-token', issuedAt),
    lastCallAt: issuedAt,
    calledWith: 'abcdef012345',
    issues: [issuedAt],
    attempt: lastAttempt({ at: issuedAt, outcome: 'published', failures: 0 }),
  };
}

export function lastAttempt(fields: Pick<Attempt, 'at' | 'outcome'> & Partial<Attempt>): Attempt {
  return { cause: 'schedule', messageId: 'm-before', kind: 'issue', failures: 1, ...fields };
}
