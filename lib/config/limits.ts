import type { BrokerId, CredentialConfig } from '../../lambdas/shared/credential.ts';

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

/** So many looks fall into the second half of the margin: one may be lost and one late, and a third is left. */
export const TICKS_IN_HALF_THE_MARGIN = 3;

export interface BrokerLimits {
  /** Life of a token that `renewBefore` and sessions are checked against, seconds. */
  readonly life: number;
  /** Largest share of a token's life that the renewal margin takes; a longer `renewBefore` has no effect. */
  readonly marginShare: number;
  readonly whyMarginShare: string;
  /** A call so soon after an issue returns the same token, seconds. */
  readonly reuseWindow?: number | undefined;
  /** Range of the option `minimumInterval`, seconds; absent: there is no such option. */
  readonly minimumInterval?: { readonly least: number; readonly most: number } | undefined;
  /** Values of the option `renewEarly`. */
  readonly renewEarly: readonly RenewEarly[];
}

export type RenewEarly = NonNullable<CredentialConfig['renewEarly']>;

/** What the configuration of a credential may ask of its broker. Sources and grades: docs/brokers.md. */
export const BROKER_LIMITS: Readonly<Record<BrokerId, BrokerLimits>> = {
  kis: {
    life: 24 * HOUR,
    marginShare: 1 / 2,
    whyMarginShare: 'a token is renewed in the second half of its life of 24h',
    reuseWindow: 6 * HOUR,
    minimumInterval: { least: 61, most: HOUR },
    renewEarly: ['wait'],
  },
  kiwoom: {
    life: 24 * HOUR,
    marginShare: 1 / 4,
    whyMarginShare:
      'a token is renewed in the last quarter of its life of 24h, because lives of 4h 22m were measured as well',
    renewEarly: ['revoke', 'wait'],
  },
};

/** Longest `renewBefore` that has its full effect on a token of the usual life, seconds. */
export function longestRenewBefore(broker: BrokerId): number {
  const { life, marginShare } = BROKER_LIMITS[broker];
  return life * marginShare;
}
