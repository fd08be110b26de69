import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { type CredentialDefaults, credentialDefaults } from '../../lambdas/shared/defaults.ts';
import type { KisOptions } from '../brokers/kis.ts';
import type { KiwoomOptions } from '../brokers/kiwoom.ts';

type ScenarioCredential = Pick<CredentialConfig, 'broker' | 'market'>;

/** Settings of a credential, and the behavior of its broker. */
export interface Scenario extends ScenarioCredential, CredentialDefaults {
  readonly name: string;
  readonly checkEverySeconds: number;
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
  /** Additional faults: the broker fails for hours around `renewAt` of every n-th token. */
  readonly sickAtRenewal?: Sickness;
}

/** Spans in minutes. */
export interface Sickness {
  readonly everyNthToken: number;
  readonly before: number;
  readonly after: number;
}

const KIS_LIVE = { broker: 'kis', market: 'live' } as const;
const KIS_PAPER = { broker: 'kis', market: 'paper' } as const;
const KIWOOM = { broker: 'kiwoom', market: 'live' } as const;
const SUPERSEDE = { reissue: 'supersede' } as const;
/** The shortest lifetime that was measured: 4 h 22 min. */
const SHORT = { tokenLifeSeconds: 15_720 } as const;
const SICK = { everyNthToken: 10, before: 30, after: 120 } as const;

/** Differences from the defaults. The simulated Kiwoom returns the same token, as documented. */
export const SCENARIOS: readonly Scenario[] = [
  scenario('kis-live', KIS_LIVE),
  scenario('kis-paper', KIS_PAPER),
  scenario('kiwoom-same-token', KIWOOM),
  scenario('kiwoom-supersede', KIWOOM, { kiwoom: SUPERSEDE }),
  scenario('kis-no-sessions', KIS_LIVE, { sessions: [] }),
  scenario('kis-us', KIS_LIVE, { sessions: [{ preset: 'us' }] }),
  scenario('kis-nxt-us', KIS_LIVE, { sessions: [{ preset: 'nxt' }, { preset: 'us' }] }),
  scenario('kis-11h', KIS_LIVE, { renewBeforeSeconds: 11 * 3600, sessions: [] }),
  scenario('kis-kills-old', KIS_LIVE, { kis: { newTokenKillsOld: true } }),
  scenario('kis-to-its-end', KIS_LIVE, { kis: { reuseWindowSeconds: 86_400 } }),
  scenario('kiwoom-sick', KIWOOM, { sickAtRenewal: SICK }),
  scenario('kiwoom-supersede-sick', KIWOOM, { kiwoom: SUPERSEDE, sickAtRenewal: SICK }),
  scenario('kiwoom-short', KIWOOM, { kiwoom: SHORT }),
  scenario('kiwoom-supersede-short', KIWOOM, { kiwoom: { ...SUPERSEDE, ...SHORT } }),
  scenario('kiwoom-wait', KIWOOM, { renewEarly: 'wait' }),
];

function scenario(
  name: string,
  credential: ScenarioCredential,
  differs: Partial<Omit<Scenario, 'name' | keyof ScenarioCredential>> = {},
): Scenario {
  return { name, ...credential, checkEverySeconds: 300, ...credentialDefaults(credential), ...differs };
}

/** The broker returns the published token until it expires. */
export function returnsSameToken({ broker, kis, kiwoom }: Scenario): boolean {
  return broker === 'kis' ? (kis?.reuseWindowSeconds ?? 0) >= 86_400 : kiwoom?.reissue !== 'supersede';
}

/** Each token is kept until it expires. */
export function keepsToItsEnd(scenario: Scenario): boolean {
  return returnsSameToken(scenario) && scenario.renewEarly === 'wait';
}

/** The broker ends the published token when it is replaced. */
export function endsOldToken(scenario: Scenario): boolean {
  return scenario.broker === 'kiwoom' || scenario.kis?.newTokenKillsOld === true;
}

export function scenarioConfig(scenario: Scenario): CredentialConfig {
  const { broker, market, checkEverySeconds, renewBeforeSeconds, sessions, maxIssuesPerDay, renewEarly } =
    scenario;
  return {
    version: 1,
    id: 'simulated',
    broker,
    market,
    secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake-000000',
    renewBeforeSeconds,
    checkEverySeconds,
    sessions,
    maxIssuesPerDay,
    renewEarly,
  };
}
