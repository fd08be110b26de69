import type { CredentialConfig } from './credential.ts';

const HOUR = 60 * 60;

export interface CredentialDefaults
  extends Pick<CredentialConfig, 'renewBeforeSeconds' | 'sessions' | 'maxIssuesPerDay'> {
  readonly renewEarly: 'revoke' | 'wait';
}

/** The default settings of a credential in its `config` parameter. Measured effect: docs/availability.md. */
export function credentialDefaults({
  broker,
  market,
}: Pick<CredentialConfig, 'broker' | 'market'>): CredentialDefaults {
  const isKiwoom = broker === 'kiwoom';
  return {
    // KIS sends the owner a KakaoTalk message for each live token.
    renewBeforeSeconds: broker === 'kis' && market === 'live' ? HOUR : 3 * HOUR,
    sessions: [{ preset: 'nxt' }],
    // The replacement of a Kiwoom token takes two calls, and tokens of 4 h 22 min are renewed seven times a
    // day.
    maxIssuesPerDay: isKiwoom ? 24 : 8,
    renewEarly: isKiwoom ? 'revoke' : 'wait',
  };
}
