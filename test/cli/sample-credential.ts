import type { Credential } from '../../cli/credentials.ts';
import { DAY, HOUR } from '../../cli/time.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { Attempt, KeyRejection, PublishedToken, State } from '../../lambdas/shared/state.ts';

/** The start of Monday 2026-11-23 in KST. */
export const NOW = Date.parse('2026-11-23T00:00:00+09:00');

/** Creates the state of a live token that was issued at `issuedAt`. */
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

export const sampleAttempt = (changes: Partial<Attempt> = {}): Attempt => ({
  at: NOW,
  cause: 'schedule',
  messageId: 'm',
  kind: 'issue',
  outcome: 'rejected',
  failures: 1,
  ...changes,
});

export const sampleRejection = (now: number): KeyRejection => ({
  secretVersion: 'v1',
  code: 'EGW00103',
  since: now - HOUR,
  retryAt: now + HOUR,
  times: 4,
});

export function completeConfig(
  config: Pick<CredentialConfig, 'id' | 'broker'> & Partial<CredentialConfig>,
): CredentialConfig {
  return {
    version: 1,
    market: 'live',
    secretArn: 'arn:fake',
    renewBeforeSeconds: 3600,
    checkEverySeconds: 300,
    sessions: [],
    maxIssuesPerDay: 8,
    ...config,
  };
}

/** Creates a credential with a token that was issued `age` milliseconds before `NOW`. */
export function credential(
  broker: 'kis' | 'kiwoom',
  changes: Partial<CredentialConfig> = {},
  state: Partial<State> = {},
  age = HOUR,
): Credential {
  const config = completeConfig({ id: `${broker}-main`, broker, ...changes });
  return {
    config,
    state: { generation: 1, published: tokenIssuedAt(NOW - age, config), issues: [], ...state },
  };
}

/** Returns a copy of the credential with changes to its published token. */
export function withPublishedToken({ config, state }: Credential, changes: Partial<PublishedToken>) {
  return { config, state: { ...state, published: { ...state.published, ...changes } as PublishedToken } };
}
