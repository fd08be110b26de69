import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { type CredentialDefaults, credentialDefaults } from '../../lambdas/shared/defaults.ts';
import type { KisOptions } from '../brokers/kis.ts';
import type { KiwoomOptions } from '../brokers/kiwoom.ts';

type ScenarioCredential = Pick<CredentialConfig, 'broker' | 'market'>;

/** The settings of a credential, and the behavior of its broker. */
export interface Scenario extends ScenarioCredential, CredentialDefaults {
  readonly name: string;
  readonly checkEverySeconds: number;
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
  /**
   * Additional outages: the broker fails before and after the planned renewal (`renewAt`) of every n-th
   * token.
   */
  readonly renewalOutages?: {
    readonly everyNthToken: number;
    readonly minutesBefore: number;
    readonly minutesAfter: number;
  };
}

const KIS_LIVE = { broker: 'kis', market: 'live' } as const;
const KIS_PAPER = { broker: 'kis', market: 'paper' } as const;
const KIWOOM = { broker: 'kiwoom', market: 'live' } as const;
const SUPERSEDE_OPTIONS = { reissue: 'supersede' } as const;
/** The shortest measured lifetime of a Kiwoom token, 4 h 22 min. */
const SHORT_LIFETIME = { tokenLifeSeconds: 15_720 } as const;
const RENEWAL_OUTAGES = { everyNthToken: 10, minutesBefore: 30, minutesAfter: 120 } as const;

/**
 * The simulated scenarios, each with its differences from the default settings. By default, each issue call
 * to the simulated Kiwoom returns the live token, as the Kiwoom documentation states.
 */
export const SCENARIOS: readonly Scenario[] = [
  scenario('kis-live', KIS_LIVE),
  scenario('kis-paper', KIS_PAPER),
  scenario('kiwoom-same-token', KIWOOM),
  scenario('kiwoom-supersede', KIWOOM, { kiwoom: SUPERSEDE_OPTIONS }),
  scenario('kis-no-sessions', KIS_LIVE, { sessions: [] }),
  scenario('kis-us', KIS_LIVE, { sessions: [{ preset: 'us' }] }),
  scenario('kis-nxt-us', KIS_LIVE, { sessions: [{ preset: 'nxt' }, { preset: 'us' }] }),
  scenario('kis-11h', KIS_LIVE, { renewBeforeSeconds: 11 * 3600, sessions: [] }),
  scenario('kis-invalidates-old', KIS_LIVE, { kis: { newTokenKillsOld: true } }),
  scenario('kis-same-until-expiry', KIS_LIVE, { kis: { reuseWindowSeconds: 86_400 } }),
  scenario('kiwoom-renewal-outages', KIWOOM, { renewalOutages: RENEWAL_OUTAGES }),
  scenario('kiwoom-supersede-renewal-outages', KIWOOM, {
    kiwoom: SUPERSEDE_OPTIONS,
    renewalOutages: RENEWAL_OUTAGES,
  }),
  scenario('kiwoom-short', KIWOOM, { kiwoom: SHORT_LIFETIME }),
  scenario('kiwoom-supersede-short', KIWOOM, { kiwoom: { ...SUPERSEDE_OPTIONS, ...SHORT_LIFETIME } }),
  scenario('kiwoom-wait', KIWOOM, { renewEarly: 'wait' }),
];

function scenario(
  name: string,
  credential: ScenarioCredential,
  changes: Partial<Omit<Scenario, 'name' | keyof ScenarioCredential>> = {},
): Scenario {
  return { name, ...credential, checkEverySeconds: 300, ...credentialDefaults(credential), ...changes };
}

/** Returns whether issue calls return the published token until the token expires. */
export function returnsSameToken({ broker, kis, kiwoom }: Scenario): boolean {
  return broker === 'kis' ? (kis?.reuseWindowSeconds ?? 0) >= 86_400 : kiwoom?.reissue !== 'supersede';
}

/** Returns whether the refresher must keep each token until the token expires. */
export function keepsUntilExpiry(scenario: Scenario): boolean {
  return returnsSameToken(scenario) && scenario.renewEarly === 'wait';
}

/** Returns whether the broker invalidates the published token when the broker issues the next token. */
export function invalidatesOldToken(scenario: Scenario): boolean {
  return scenario.broker === 'kiwoom' || scenario.kis?.newTokenKillsOld === true;
}
