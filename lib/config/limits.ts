import type { BrokerContract } from '../../lambdas/brokers/broker.ts';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** The defaults of the stack, in seconds; the defaults of a credential are in lambdas/shared/defaults.ts. */
export const DEFAULTS = { checkEvery: 5 * MINUTE, responseTime: 15 * MINUTE } as const;

/**
 * The timeout of the function is the check interval plus this number of seconds, because the function may
 * sleep for a check interval and 90 s (docs/architecture.md § Meeting the expiry).
 */
export const FUNCTION_TIMEOUT_BEYOND_INTERVAL = 150;

/**
 * The allowed check intervals, in seconds. EventBridge Scheduler counts rates in whole minutes. The timeout
 * of a Lambda function is at most 900 s, so the check interval is at most 900 s − 150 s, which is 12 whole
 * minutes.
 */
export const CHECK_EVERY_RANGE = { least: MINUTE, most: 12 * MINUTE } as const;

/** If one tick is lost and one tick is late, a third tick remains. */
export const TICKS_IN_HALF_THE_MARGIN = 3;

/** The token lifetime, in seconds, that the checks of `renewBefore` and of the sessions assume. */
export const TOKEN_LIFE = 24 * HOUR;

export interface BrokerLimits {
  /** The rules of the broker for issue calls, with durations in milliseconds. */
  readonly contract: BrokerContract;
  /** The reason for the maximum of `renewBefore`, for error messages. */
  readonly marginShareReason: string;
  /** The range of the option `minimumInterval`, in seconds; absent if the broker has no such option. */
  readonly minimumInterval?: { readonly least: number; readonly most: number };
  /** The allowed values of the option `renewEarly`. */
  readonly renewEarly: readonly ('revoke' | 'wait')[];
}

const KIS_CONTRACT = BROKERS_BY_ID.kis.contract({});

/**
 * The limits of each broker for the configuration of a credential. For the sources and their reliability, see
 * docs/brokers.md.
 */
export const BROKER_LIMITS: Readonly<Record<BrokerId, BrokerLimits>> = {
  kis: {
    contract: KIS_CONTRACT,
    marginShareReason: 'a token is renewed in the second half of its life of 24h',
    minimumInterval: { least: KIS_CONTRACT.minimumInterval / 1000, most: HOUR },
    renewEarly: ['wait'],
  },
  kiwoom: {
    contract: BROKERS_BY_ID.kiwoom.contract({}),
    marginShareReason:
      'a token is renewed in the last quarter of its life of 24h, because lives of 4h 22m were measured, too',
    renewEarly: ['revoke', 'wait'],
  },
};

/** Returns the longest effective `renewBefore`, in seconds, for a token with the lifetime `TOKEN_LIFE`. */
export function longestRenewBefore(broker: BrokerId): number {
  return TOKEN_LIFE * BROKER_LIMITS[broker].contract.marginShare;
}
