import type { Credential } from '../../cli/credentials.ts';
import { HOUR } from '../../cli/time.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { tokenIssuedAt } from './states.ts';

/** The start of Monday 2026-11-23 in KST. */
export const NOW = Date.parse('2026-11-23T00:00:00+09:00');

/** A credential with a token that was issued `age` milliseconds before `NOW`. */
export function credential(
  broker: 'kis' | 'kiwoom',
  config: Partial<CredentialConfig> = {},
  state: Partial<State> = {},
  age = HOUR,
): Credential {
  const completeConfig: CredentialConfig = {
    version: 1,
    id: `${broker}-main`,
    broker,
    market: 'live',
    secretArn: 'arn:fake',
    renewBeforeSeconds: 3600,
    checkEverySeconds: 300,
    sessions: [],
    maxIssuesPerDay: 8,
    ...config,
  };
  return {
    config: completeConfig,
    state: { generation: 1, published: tokenIssuedAt(NOW - age, completeConfig), issues: [], ...state },
  };
}

/** Returns a copy of the credential with changes to its published token. */
export function withPublishedToken(
  { config, state, unreadableReason }: Credential,
  changes: Partial<PublishedToken>,
): Credential {
  const published = { ...state.published, ...changes } as PublishedToken;
  return { config, state: { ...state, published }, unreadableReason };
}
