import type { BrokerContract } from '../../lambdas/brokers/broker.ts';
import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Defaults of the stack, seconds; those of a credential are in lambdas/shared/defaults.ts. */
export const DEFAULTS = {
  checkEvery: 5 * MINUTE,
  responseTime: 15 * MINUTE,
} as const;

/** A Lambda function runs for 900 s at most, and this one may sleep for an interval and 90 s (docs/architecture.md § Meeting the expiry). */
export const FUNCTION_TIMEOUT_OVER_INTERVAL = 150;

/** EventBridge Scheduler counts rates in whole minutes; 900 s − 150 s leave 12 of them. */
export const CHECK_EVERY = { least: MINUTE, most: 12 * MINUTE } as const;

/** Ticks in the second half of the margin: one may be lost and one late, and a third remains. */
export const TICKS_IN_HALF_THE_MARGIN = 3;

export type RenewEarly = 'revoke' | 'wait';

export interface BrokerLimits {
  /** What the broker guarantees, milliseconds. */
  readonly contract: BrokerContract;
  /** Life of a token that `renewBefore` and sessions are checked against, seconds. */
  readonly life: number;
  readonly whyMarginShare: string;
  /** Range of the option `minimumInterval`, seconds; absent: there is no such option. */
  readonly minimumInterval?: { readonly least: number; readonly most: number } | undefined;
  /** Values of the option `renewEarly`. */
  readonly renewEarly: readonly RenewEarly[];
}

const KIS = BROKER.kis.contract({});
const KIWOOM = BROKER.kiwoom.contract({});

/** What the configuration of a credential may request of its broker. Sources and grades: docs/brokers.md. */
export const BROKER_LIMITS: Readonly<Record<BrokerId, BrokerLimits>> = {
  kis: {
    contract: KIS,
    life: 24 * HOUR,
    whyMarginShare: 'a token is renewed in the second half of its life of 24h',
    minimumInterval: { least: KIS.minimumInterval / 1000, most: HOUR },
    renewEarly: ['wait'],
  },
  kiwoom: {
    contract: KIWOOM,
    life: 24 * HOUR,
    whyMarginShare:
      'a token is renewed in the last quarter of its life of 24h, because lives of 4h 22m were measured, too',
    renewEarly: ['revoke', 'wait'],
  },
};

/** Longest `renewBefore` that has its full effect on a token of the usual life, seconds. */
export function longestRenewBefore(broker: BrokerId): number {
  const { life, contract } = BROKER_LIMITS[broker];
  return life * contract.marginShare;
}
