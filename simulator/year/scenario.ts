import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import type { KisOptions } from '../brokers/kis.ts';
import type { KiwoomOptions } from '../brokers/kiwoom.ts';

/** What a year is lived with: a broker as it may be, and an owner's settings. */
export interface Scenario {
  readonly name: string;
  readonly broker: 'kis' | 'kiwoom';
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
  readonly checkEverySeconds: number;
  readonly renewBeforeSeconds: number;
  readonly sessions: readonly Session[];
  readonly renewEarly?: 'revoke';
  /** @default 8 */
  readonly maxIssuesPerDay?: number;
}

const USUAL = { checkEverySeconds: 300, renewBeforeSeconds: 3600, sessions: [] } as const;
const NXT = [{ preset: 'nxt' }] as const;
const US = [{ preset: 'us' }] as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...USUAL, name: 'kis', broker: 'kis' },
  { ...USUAL, name: 'kis-kills-old', broker: 'kis', kis: { newTokenKillsOld: true } },
  {
    ...USUAL,
    name: 'kis-strict',
    broker: 'kis',
    kis: { refusalRestartsInterval: true, expiresInOnReuse: 'left', reuseDead: 'always' },
  },
  { ...USUAL, name: 'kis-nxt', broker: 'kis', sessions: NXT },
  { ...USUAL, name: 'kis-us', broker: 'kis', sessions: US },
  { ...USUAL, name: 'kis-every-minute', broker: 'kis', checkEverySeconds: 60 },
  { ...USUAL, name: 'kis-margin-3h', broker: 'kis', renewBeforeSeconds: 3 * 3600 },
  { ...USUAL, name: 'kiwoom-supersede', broker: 'kiwoom', kiwoom: { reissue: 'supersede' } },
  {
    ...USUAL,
    name: 'kiwoom-supersede-nxt',
    broker: 'kiwoom',
    kiwoom: { reissue: 'supersede' },
    sessions: NXT,
  },
  {
    ...USUAL,
    name: 'kiwoom-short-lives',
    broker: 'kiwoom',
    kiwoom: { reissue: 'supersede', tokenLifeSeconds: 15_720 },
    // Seven a day are needed.
    maxIssuesPerDay: 16,
  },
  { ...USUAL, name: 'kiwoom-same-token', broker: 'kiwoom', kiwoom: { reissue: 'same-token' } },
  {
    ...USUAL,
    name: 'kiwoom-revoke-early',
    broker: 'kiwoom',
    kiwoom: { reissue: 'same-token' },
    sessions: NXT,
    renewEarly: 'revoke',
  },
];

/** The broker keeps one token to its end, and nobody asked for it to be revoked. */
export function keepsToItsEnd({ kiwoom, broker, renewEarly }: Scenario): boolean {
  return broker === 'kiwoom' && kiwoom?.reissue === 'same-token' && renewEarly === undefined;
}

export function configOf(scenario: Scenario): CredentialConfig {
  const { broker, checkEverySeconds, renewBeforeSeconds, sessions, renewEarly } = scenario;
  return {
    version: 1,
    id: 'simulated',
    broker,
    market: 'live',
    secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake-000000',
    checkEverySeconds,
    renewBeforeSeconds,
    sessions,
    maxIssuesPerDay: scenario.maxIssuesPerDay ?? 8,
    ...(renewEarly && { renewEarly }),
  } as CredentialConfig;
}
