import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';
import { EXIT_CODE, type ExitCode } from './exit.ts';

/** An error that ends a command with one line: the message, then the fix. */
export abstract class CliError extends BrokerTokensError {
  abstract readonly exitCode: ExitCode;
  /** What the operator can do, as a sentence. */
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** The command line is invalid. */
export class UsageError extends CliError {
  readonly code = 'Usage';
  readonly exitCode = EXIT_CODE.usage;
}

/** The command failed, or its request is not allowed at this time. */
export class CommandFailedError extends CliError {
  readonly code = 'CommandFailed';
  readonly exitCode = EXIT_CODE.failed;
  /** When the request will be allowed, in epoch milliseconds. */
  readonly allowedAt: number | undefined;

  constructor(message: string, fix: string, allowedAt?: number) {
    super(message, fix);
    this.allowedAt = allowedAt;
  }
}

/** The credential does not exist, or nothing is deployed under this prefix. */
export class NotFoundError extends CliError {
  readonly code = 'NotFound';
  readonly exitCode = EXIT_CODE.aws;
}

export type AwsCallErrorKind =
  | 'no-credentials'
  | 'no-region'
  | 'bad-credentials'
  | 'denied'
  | 'throttled'
  | 'unreachable'
  | 'not-found'
  | 'other';

/** A call to AWS failed. */
export class AwsCallError extends CliError {
  readonly code = 'AwsCall';
  readonly exitCode = EXIT_CODE.aws;
  /** The denied or failed action, such as `ssm:GetParameters`. */
  readonly action: string;
  readonly kind: AwsCallErrorKind;

  constructor(kind: AwsCallErrorKind, action: string, message: string, fix: string, cause: unknown) {
    super(message, fix, { cause });
    this.kind = kind;
    this.action = action;
  }
}

export function isAwsNotFoundError(error: unknown): boolean {
  return error instanceof AwsCallError && error.kind === 'not-found';
}

/** Returns whether an error is an AWS error with this name, such as `ConflictException`. */
export function isAwsError(error: unknown, name: string): boolean {
  return error instanceof AwsCallError && error.cause instanceof Error && error.cause.name === name;
}

/**
 * The command was interrupted by Ctrl-C, or the terminal was closed. `fix` describes what AWS or the
 * refresher still does after the interruption.
 */
export class InterruptedError extends CliError {
  readonly code = 'Interrupted';
  readonly exitCode = EXIT_CODE.interrupted;
}
