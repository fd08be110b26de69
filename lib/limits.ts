import type { BrokerId } from '../lambdas/shared/credential.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Defaults of the configuration, seconds. */
export const DEFAULTS = {
  checkEvery: 5 * MINUTE,
  renewBefore: HOUR,
  responseTime: 15 * MINUTE,
} as const;

/** A Lambda function runs for 900 s at most, and this one may sleep for an interval and 90 s (docs/architecture.md § Meeting the expiry). */
export const FUNCTION_TIMEOUT_OVER_INTERVAL = 150;

/** EventBridge Scheduler counts rates in whole minutes; 900 s − 150 s leave 12 of them. */
export const CHECK_EVERY = { least: MINUTE, most: 12 * MINUTE } as const;

/** So many looks fall into the second half of the margin: one may be lost and one late, and a third is left. */
export const TICKS_IN_HALF_THE_MARGIN = 3;

export interface BrokerLimits {
  /** Longest `renewBefore`, seconds. */
  readonly renewBefore: number;
  readonly whyRenewBefore: string;
  /** Life of a token that `renewBefore` and sessions are judged with, seconds. */
  readonly life: number;
  /** A call so soon after an issue returns the same token, seconds. */
  readonly reuseWindow?: number | undefined;
  /** Range of the option `minimumInterval`, seconds; absent: there is no such option. */
  readonly minimumInterval?: { readonly least: number; readonly most: number } | undefined;
  readonly renewEarly: boolean;
}

/** What the configuration of a credential may ask of its broker. Sources and grades: docs/brokers.md. */
export const BROKER_LIMITS: Readonly<Record<BrokerId, BrokerLimits>> = {
  kis: {
    renewBefore: 18 * HOUR,
    whyRenewBefore: 'a KIS token lives 24h and for its first 6h the broker only hands the same one back',
    life: 24 * HOUR,
    reuseWindow: 6 * HOUR,
    minimumInterval: { least: 61, most: HOUR },
    renewEarly: false,
  },
  kiwoom: {
    // The shortest life that somebody measured is 4 h 22 min. With a longer margin, half of it – the
    // threshold of ExpiringSoon – could be more than a fresh token of that kind has at its renewal.
    renewBefore: 4 * HOUR,
    whyRenewBefore:
      'Kiwoom tokens that lived only 4h 22m were seen, and the margin has to fit into every life',
    life: 24 * HOUR,
    renewEarly: true,
  },
};
