import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';

/** The exit codes; `--help` and docs/cli.md document them. */
export const EXIT_CODE = {
  ok: 0,
  /** The request failed, or a credential is not healthy. */
  failed: 1,
  /** The command line is invalid, or a confirmation is needed and there is no terminal. */
  usage: 2,
  /** A problem with the AWS credentials, region, permissions or network, or nothing is deployed. */
  aws: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

/** An error that ends a command with one line: the message, then the fix. */
export abstract class CliError extends BrokerTokensError {
  abstract readonly exitCode: ExitCode;
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

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

export class AwsCallError extends CliError {
  readonly code = 'AwsCall';
  readonly exitCode = EXIT_CODE.aws;
  /** The denied or failed action, such as `ssm:GetParameters`. */
  readonly action: string;
  readonly kind: 'denied' | 'not-found' | undefined;

  constructor(
    action: string,
    message: string,
    fix: string,
    { cause, kind }: Partial<Pick<AwsCallError, 'cause' | 'kind'>> = {},
  ) {
    super(message, fix, { cause });
    this.action = action;
    this.kind = kind;
  }
}

export function isAwsError(error: unknown, name: string): boolean {
  return error instanceof AwsCallError && error.cause instanceof Error && error.cause.name === name;
}

/** Ctrl-C ended the command. `fix` describes what AWS or the refresher still does after the interruption. */
export class InterruptedError extends CliError {
  readonly code = 'Interrupted';
  readonly exitCode = EXIT_CODE.interrupted;
}
