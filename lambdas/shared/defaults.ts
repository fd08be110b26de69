import type { CredentialConfig } from './credential.ts';

const HOUR = 60 * 60;

export interface CredentialDefaults
  extends Pick<CredentialConfig, 'renewBeforeSeconds' | 'sessions' | 'maxIssuesPerDay'> {
  readonly renewEarly: 'revoke' | 'wait';
}

/**
 * Default settings of a credential. They are written into its `config` parameter.
 * Their effect was measured: docs/availability.md.
 */
export function credentialDefaults({
  broker,
  market,
}: Pick<CredentialConfig, 'broker' | 'market'>): CredentialDefaults {
  const isKiwoom = broker === 'kiwoom';
  return {
    // KIS sends the owner a KakaoTalk message for each live token.
    renewBeforeSeconds: broker === 'kis' && market === 'live' ? HOUR : 3 * HOUR,
    sessions: [{ preset: 'nxt' }],
    // A Kiwoom token that is revoked early takes two calls, and lives of 4 h 22 min need seven tokens a day.
    maxIssuesPerDay: isKiwoom ? 24 : 8,
    renewEarly: isKiwoom ? 'revoke' : 'wait',
  };
}
