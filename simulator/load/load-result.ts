import { alarmPeriodSeconds } from '../../lib/alarms/lead-time.ts';
import type { LoadOptions, LoadScenario } from './load-options.ts';
import type { LoadSimulation } from './load-simulation.ts';
import type { CallQuota } from './throughput.ts';

/** The usage of one quota. */
export interface QuotaUse {
  readonly limit: number;
  /** The used share of the quota in the busiest second, including the calls of other programs; at most 1. */
  readonly second: number;
  /** The used share of the quota in the busiest minute, including the calls of other programs; at most 1. */
  readonly minute: number;
  /** The number of throttled calls, which the SDK retries. */
  readonly throttled: number;
}

/** The result of one scenario. Times are in seconds unless stated otherwise. */
export interface LoadResult {
  readonly scenario: LoadScenario;
  readonly credentials: number;
  readonly quotas: string;
  /**
   * The median and the longest time from the due time of a renewal to the publication of the new token. If a
   * renewal was due during an outage of the broker, the time starts at the end of the outage.
   */
  readonly wait: { readonly median: number; readonly longest: number };
  /**
   * The number of credentials that, at the end of the run, have needed a new token for more than two check
   * intervals.
   */
  readonly overdue: number;
  /**
   * The number of credentials whose token expired outside an outage, before the refresher published the next
   * token.
   */
  readonly expired: number;
  /** The number of credentials whose token expired during an outage of their broker. */
  readonly expiredInOutage: number;
  /** The average number of issue calls per new token; at least 1. */
  readonly callsPerToken: number;
  readonly mostCalls: number;
  readonly queue: { readonly deepest: number; readonly longestWait: number; readonly dropped: number };
  readonly used: Readonly<
    Record<'reads' | 'writes' | 'concurrency' | 'scheduler' | 'queue' | 'secrets' | 'kms', QuotaUse>
  >;
  /** The used share of the account's parameter quota; a fleet with a share above 1 cannot be deployed. */
  readonly parameters: number;
  /** The share of ticks that wrote no metrics, because a read was throttled or the tick was not delivered. */
  readonly lost: number;
  /** The number of credentials whose metrics were missing long enough to fire an alarm. */
  readonly withoutMetrics: number;
  readonly fleetMonitor?: { readonly longest: number; readonly failed: number };
}

/**
 * The number of alarm periods without data points after which an alarm can fire (lib/alarms/lead-time.ts).
 */
const EMPTY_PERIODS_BEFORE_ALARM = 2;

export function summarizeLoad(
  scenario: LoadScenario,
  fleet: LoadSimulation,
  options: LoadOptions,
  now: number,
): LoadResult {
  const { account, inbox, statistics, fleetMonitor, issued } = fleet;
  const { credentials, quotas, checkEverySeconds } = options;
  const overdue = statistics.countDue(now - 2 * checkEverySeconds * 1000);
  statistics.close(now);
  const sortedWaits = [...statistics.waits].sort((a, b) => a - b);
  const calls = issued.reduce((sum, each) => sum + each, 0);
  const lost = statistics.ticksUnreported + inbox.dropped;
  return {
    scenario,
    credentials,
    quotas: quotas.name,
    wait: {
      median: (sortedWaits[Math.floor(sortedWaits.length / 2)] ?? 0) / 1000,
      longest: (sortedWaits.at(-1) ?? 0) / 1000,
    },
    overdue,
    expired: statistics.expired.size,
    expiredInOutage: statistics.expiredInOutage.size,
    callsPerToken: calls / Math.max(1, statistics.waits.length),
    mostCalls: issued.reduce((most, each) => Math.max(most, each), 0),
    queue: { deepest: inbox.maxDepth, longestWait: inbox.longestWait / 1000, dropped: inbox.dropped },
    used: {
      reads: used(account.reads),
      writes: used(account.writes),
      concurrency: concurrencyUse(quotas.concurrency, inbox.maxConcurrency),
      scheduler: used(inbox.schedulerQuota),
      queue: used(inbox.sendQuota),
      secrets: used(account.secrets),
      kms: used(account.kms),
    },
    parameters: (3 * credentials) / quotas.parameters,
    lost: lost / Math.max(1, statistics.ticksReported + lost),
    withoutMetrics: statistics.countCredentialsWithoutMetrics(
      EMPTY_PERIODS_BEFORE_ALARM * alarmPeriodSeconds(checkEverySeconds) * 1000,
    ),
    ...(fleetMonitor && {
      fleetMonitor: { longest: fleetMonitor.longestRun / 1000, failed: fleetMonitor.failed },
    }),
  };
}

function used({ limit, peak, busiestMinute, throttled }: CallQuota): QuotaUse {
  return { limit, second: peak / limit, minute: Math.min(1, busiestMinute / limit / 60), throttled };
}

/** Returns the same share for `second` and `minute`, because concurrency is not a rate. */
function concurrencyUse(limit: number, busiest: number): QuotaUse {
  return { limit, second: busiest / limit, minute: busiest / limit, throttled: 0 };
}
