import type { CredentialConfig } from './credential.ts';

const HOUR = 60 * 60;

export interface CredentialDefaults
  extends Pick<CredentialConfig, 'renewBeforeSeconds' | 'sessions' | 'maxIssuesPerDay'> {
  readonly renewEarly: 'revoke' | 'wait';
}

/** For the measured effect of these defaults, see docs/availability.md. */
export function credentialDefaults(config: Pick<CredentialConfig, 'broker' | 'market'>): CredentialDefaults {
  const { broker, market } = config;
  const isKiwoom = broker === 'kiwoom';
  return {
    // KIS sends a KakaoTalk message for each issued live token. A short margin causes fewer messages.
    renewBeforeSeconds: broker === 'kis' && market === 'live' ? HOUR : 3 * HOUR,
    sessions: [{ preset: 'nxt' }],
    // A replacement requires two issue calls. A token that expires after 4 h 22 min is renewed seven times.
    maxIssuesPerDay: isKiwoom ? 24 : 8,
    renewEarly: isKiwoom ? 'revoke' : 'wait',
  };
}
