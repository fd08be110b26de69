/**
 * What AWS allows one account in one region, as far as a fleet of credentials meets it. Per second unless said otherwise.
 * Sources, read in November 2026:
 * - SSM reads: Systems Manager User Guide, "Changing Parameter Store throughput": 40 shared by the reads of the account; with
 *   higher throughput 1,000 GetParameters.
 * - SSM writes: not documented. AWS Support said 3, and 10 with higher throughput
 *   (github-aws-runners/terraform-aws-github-runner#2944; the 10 also in #5243 there).
 * - parameters: Systems Manager User Guide, "Managing parameter tiers": 10,000 of the standard tier.
 * - Lambda: Developer Guide, "Lambda quotas": 1,000 executions at once; new accounts begin with fewer, 10 were seen.
 * - Scheduler: User Guide, "Quotas": 1,000 invocations in the regions that it calls primary. Seoul is not among them; 500 is assumed.
 * - FIFO queue: SQS Developer Guide, "Message quotas": 300 calls of each action without batches; high throughput mode gives more.
 * - Secrets Manager: What's New of 2025-03-04: 10,000 GetSecretValue.
 * - KMS: Developer Guide, "Request quotas": 10,000 symmetric operations, more in some regions.
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
  kms: 10_000,
};

export const QUOTAS: readonly Quotas[] = [
  DEFAULT,
  { ...DEFAULT, name: 'new-account', concurrency: 10 },
  { ...DEFAULT, name: 'higher-throughput', reads: 1000, writes: 10 },
];
