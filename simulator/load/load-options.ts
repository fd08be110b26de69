/**
 * The AWS service quotas of one account in one Region, as of November 2026, in calls per second unless stated
 * otherwise. docs/scale.md lists the sources and states which values are assumed.
 */
const DEFAULT_QUOTAS = {
  name: 'default',
  reads: 40,
  writes: 3,
  /** The maximum number of parameters of the standard tier. */
  parameters: 10_000,
  /** Concurrent invocations. */
  concurrency: 1000,
  scheduler: 500,
  /** The quota of each SQS action: send, receive and delete. */
  queue: 300,
  secrets: 10_000,
  kms: 10_000,
};
export type Quotas = Readonly<typeof DEFAULT_QUOTAS>;

export const QUOTA_SETS: readonly Quotas[] = [
  DEFAULT_QUOTAS,
  { ...DEFAULT_QUOTAS, name: 'new-account', concurrency: 10 },
  { ...DEFAULT_QUOTAS, name: 'higher-throughput', reads: 1000, writes: 10 },
];

export const BROKER_BEHAVIORS = ['kis', 'kiwoom-supersede', 'kiwoom-same-token'] as const;
export type BrokerBehavior = (typeof BROKER_BEHAVIORS)[number];

/**
 * The scenarios of the load simulation:
 * - `calm`: three hours with tokens of every age.
 * - `created`: all credentials are created at once, without a token.
 * - `expire`: all tokens were issued in the same second, and their renewals are due ten minutes after the
 *   start.
 * - `outage`: KIS, the broker of half of the credentials, does not reply for three hours.
 */
export const LOAD_SCENARIOS = ['calm', 'created', 'expire', 'outage'] as const;
export type LoadScenario = (typeof LOAD_SCENARIOS)[number];

/**
 * The distribution of the credentials' ticks over the check interval:
 * - `creation`: random instants, as with schedules that are created one after another.
 * - `minute`: whole minutes, as if EventBridge Scheduler rounded each start to the minute.
 * - `window`: whole minutes plus a random delay of less than one minute, as with a flexible time window of
 *   one minute.
 */
export const TICK_SPREADS = ['creation', 'minute', 'window'] as const;

export interface LoadOptions {
  readonly credentials: number;
  readonly quotas: Quotas;
  readonly seed: number;
  readonly spread: (typeof TICK_SPREADS)[number];
  readonly checkEverySeconds: number;
  readonly renewBeforeSeconds: number;
  readonly behavior: BrokerBehavior;
  /** The number of Parameter Store reads by other programs, per second. */
  readonly otherReads: number;
  readonly fleetMonitor: boolean;
  /** The maximum simulated time, in hours. The simulation then ends even if a token is due. */
  readonly hours: number;
}

export const DEFAULT_LOAD_OPTIONS = {
  seed: 1,
  spread: 'creation',
  checkEverySeconds: 300,
  renewBeforeSeconds: 3600,
  behavior: 'kis',
  otherReads: 0,
  fleetMonitor: true,
  hours: 24,
} as const satisfies Partial<LoadOptions>;
