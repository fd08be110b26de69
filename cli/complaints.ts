import { BrokerTokensError } from '../lambdas/shared/errors.ts';
import { EXIT, type ExitCode } from './exit.ts';

/** What ends a command: one line that says what is wrong, and one that says what to do. */
export abstract class Complaint extends BrokerTokensError {
  abstract readonly exitCode: ExitCode;
  /** What to do about it; a sentence. */
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** The command line is not understood. */
export class Usage extends Complaint {
  readonly code = 'Usage';
  readonly exitCode = EXIT.usage;
}

/** What was asked is not allowed now, or did not come about. */
export class NotDone extends Complaint {
  readonly code = 'NotDone';
  readonly exitCode = EXIT.failed;
  /** From when on it would be allowed; epoch milliseconds. */
  readonly allowedAt: number | undefined;

  constructor(message: string, fix: string, allowedAt?: number) {
    super(message, fix);
    this.allowedAt = allowedAt;
  }
}

/** There is no such credential, or nothing is deployed where we looked. */
export class NotFound extends Complaint {
  readonly code = 'NotFound';
  readonly exitCode = EXIT.aws;
}

/** AWS did not do what it was asked to. */
export class AwsProblem extends Complaint {
  readonly code = 'AwsProblem';
  readonly exitCode = EXIT.aws;
  /** Such as `ssm:GetParameters`. */
  readonly action: string;
  readonly kind: AwsProblemKind;

  constructor(kind: AwsProblemKind, action: string, message: string, fix: string, cause: unknown) {
    super(message, fix, { cause });
    this.kind = kind;
    this.action = action;
  }
}

export type AwsProblemKind =
  | 'no-credentials'
  | 'no-region'
  | 'bad-credentials'
  | 'denied'
  | 'throttled'
  | 'unreachable'
  | 'not-found'
  | 'other';

/** Ctrl-C, or an end of the terminal. `message`: what goes on without us. */
export class Interrupted extends Complaint {
  readonly code = 'Interrupted';
  readonly exitCode = EXIT.interrupted;
}
