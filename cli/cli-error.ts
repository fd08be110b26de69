import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';
import { EXIT, type ExitCode } from './exit.ts';

/** What ends a command: one line that says what is wrong, and one that says what to do. */
export abstract class CliError extends BrokerTokensError {
  abstract readonly exitCode: ExitCode;
  /** What to do about it; a sentence. */
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** The command line is not understood. */
export class UsageError extends CliError {
  readonly code = 'Usage';
  readonly exitCode = EXIT.usage;
}

/** What was asked is not allowed now, or did not come about. */
export class CommandFailedError extends CliError {
  readonly code = 'CommandFailed';
  readonly exitCode = EXIT.failed;
  /** From when on it would be allowed; epoch milliseconds. */
  readonly allowedAt: number | undefined;

  constructor(message: string, fix: string, allowedAt?: number) {
    super(message, fix);
    this.allowedAt = allowedAt;
  }
}

/** There is no such credential, or nothing is deployed where we looked. */
export class NotFoundError extends CliError {
  readonly code = 'NotFound';
  readonly exitCode = EXIT.aws;
}

/** AWS did not do what it was asked to. */
export class AwsCallError extends CliError {
  readonly code = 'AwsCall';
  readonly exitCode = EXIT.aws;
  /** Such as `ssm:GetParameters`. */
  readonly action: string;
  readonly kind: AwsCallErrorKind;

  constructor(kind: AwsCallErrorKind, action: string, message: string, fix: string, cause: unknown) {
    super(message, fix, { cause });
    this.kind = kind;
    this.action = action;
  }
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

/** Ctrl-C, or an end of the terminal. `message`: what goes on without us. */
export class InterruptedError extends CliError {
  readonly code = 'Interrupted';
  readonly exitCode = EXIT.interrupted;
}
