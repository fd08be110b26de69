/**
 * The AWS service quotas of one account in one Region, as of November 2026. The unit is calls per second
 * unless stated otherwise. docs/scale.md lists the sources and states which values are assumed.
 */
export interface Quotas {
  readonly name: string;
  readonly reads: number;
  readonly writes: number;
  /** The maximum number of parameters of the standard tier. */
  readonly parameters: number;
  /** Concurrent invocations. */
  readonly concurrency: number;
  readonly scheduler: number;
  /** The quota of each SQS action: send, receive and delete. */
  readonly queue: number;
  readonly secrets: number;
  readonly kms: number;
}

const DEFAULT_QUOTAS: Quotas = {
  name: 'default',
  reads: 40,
  writes: 3,
  parameters: 10_000,
  concurrency: 1000,
  scheduler: 500,
  queue: 300,
  secrets: 10_000,
  kms: 10_000,
};

export const QUOTA_SETS: readonly Quotas[] = [
  DEFAULT_QUOTAS,
  { ...DEFAULT_QUOTAS, name: 'new-account', concurrency: 10 },
  { ...DEFAULT_QUOTAS, name: 'higher-throughput', reads: 1000, writes: 10 },
];
