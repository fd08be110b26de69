import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { PublishedToken } from '../../lambdas/shared/state.ts';
import { DAY, HOUR } from '../../operator/time.ts';

/** A live token of this credential as the refresher describes it in the state. */
export function tokenIssuedAt(
  issuedAt: number,
  { broker, market, secretArn }: Pick<CredentialConfig, 'broker' | 'market' | 'secretArn'>,
  life: number = DAY,
): PublishedToken {
  return {
    fingerprint: '352fd9b303ab',
    tokenType: 'Bearer',
    issuedAt,
    expiresAt: issuedAt + life,
    renewAt: issuedAt + life - HOUR,
    tokenVersion: 1,
    health: 'live',
    issuedFor: {
      broker,
      market,
      secretArn,
      secretVersion: 'v1',
      appKey: '0123456789ab',
      tokenKeyArn: 'arn:fake-key',
    },
  };
}
