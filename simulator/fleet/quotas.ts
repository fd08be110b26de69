/**
 * What AWS allows one account in one region, as far as a fleet of credentials meets it. Per second unless said otherwise.
 * Sources, as of 2026-11:
 * - SSM reads: Systems Manager User Guide, "Changing Parameter Store throughput" and endpoints and quotas: 40, shared by
 *   GetParameter and GetParameters; with higher throughput GetParameters has 1,000.
 * - SSM writes: not in the documents. AWS Support, quoted in github-aws-runners/terraform-aws-github-runner#2944: PutParameter
 *   3, with higher throughput 10.
 * - parameters: Systems Manager User Guide, "Managing parameter tiers": 10,000 of the standard tier.
 * - Lambda: Lambda Developer Guide, "Lambda quotas": 1,000 concurrent executions; new accounts begin with less, 10 were seen.
 * - Scheduler: its User Guide, "Quotas": 1,000 invocations a second in the regions it calls primary; Seoul is none of them, so 500.
 * - FIFO queue: SQS Developer Guide, "Message quotas": 300 calls a second of each action without batches; high throughput
 *   mode raises it with the number of groups, by region.
 * - Secrets Manager: its User Guide, "Quotas": GetSecretValue 10,000.
 * - KMS: Developer Guide, "Request quotas": symmetric operations 5,500 in the smallest regions.
 */
export interface Quotas {
  readonly name: string;
  readonly reads: number;
  readonly writes: number;
  readonly parameters: number;
  /** Invocations at once. */
  readonly concurrency: number;
  readonly scheduler: number;
  /** Of each action: send, receive, delete. */
  readonly queue: number;
  readonly secrets: number;
  readonly kms: number;
}

const DEFAULT: Quotas = {
  name: 'default',
  reads: 40,
  writes: 3,
  parameters: 10_000,
  concurrency: 1000,
  scheduler: 500,
  queue: 300,
  secrets: 10_000,
  kms: 5500,
};

export const QUOTAS: readonly Quotas[] = [
  DEFAULT,
  { ...DEFAULT, name: 'new-account', concurrency: 10 },
  { ...DEFAULT, name: 'higher-throughput', reads: 1000, writes: 10 },
];
