import type { IssuedToken } from '../../lambdas/brokers/broker.ts';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import { renewalRulesOf } from '../../lambdas/decision/health.ts';
import { planRenewal } from '../../lambdas/decision/renewal.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import type { PublishedToken } from '../../lambdas/shared/state.ts';
import type { BrokerBehavior } from './load-brokers.ts';

export const SIMULATED_SECRET = {
  key: { appkey: 'FAKE-appkey', secret: 'FAKE-secret' },
  version: 'FAKE-version',
};
export const SIMULATED_TOKEN_KEY_ARN = 'arn:aws:kms:ap-northeast-2:123456789012:key/fake';

export interface SimulatedCredential {
  readonly behavior: BrokerBehavior;
  /**
   * The time from the start of the simulation to the first tick, in milliseconds; less than the check
   * interval.
   */
  readonly phase: number;
  /** The issue time of the published token, in epoch milliseconds; absent if no token is published. */
  readonly issuedAt?: number;
}

export type LoadSettings = Pick<CredentialConfig, 'checkEverySeconds' | 'renewBeforeSeconds'>;

export function createCredentialConfig(
  index: number,
  behavior: BrokerBehavior,
  settings: LoadSettings,
): CredentialConfig {
  return {
    ...settings,
    sessions: [],
    version: 1,
    id: `fleet-${index}`,
    broker: behavior === 'kis' ? 'kis' : 'kiwoom',
    market: 'live',
    secretArn: `arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fleet-${index}`,
    maxIssuesPerDay: 8,
  };
}

/** Creates the state entry of a token that was published before the start of the simulation. */
export function createPublishedToken(
  config: CredentialConfig,
  { token, tokenType, expiresAt }: IssuedToken,
  issuedAt: number,
): PublishedToken {
  const { broker, market, secretArn } = config;
  const rules = renewalRulesOf({ config, contract: BROKERS_BY_ID[broker].contract(config) });
  return {
    fingerprint: fingerprint(token),
    tokenType,
    issuedAt,
    expiresAt,
    renewAt: planRenewal({ issuedAt, expiresAt }, rules).renewAt,
    tokenVersion: 1,
    health: 'live',
    issuedFor: {
      broker,
      market,
      secretArn,
      secretVersion: SIMULATED_SECRET.version,
      appKey: fingerprint(SIMULATED_SECRET.key.appkey),
      tokenKeyArn: SIMULATED_TOKEN_KEY_ARN,
    },
  };
}
