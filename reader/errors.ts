/** The base class of the reader's errors. The message states the next step, and never contains a token. */
export abstract class TokenReaderError extends Error {
  /**
   * The class name without the suffix `Error`. Programs may depend on the code, because it does not change.
   */
  abstract readonly code: string;
  /** Whether a later call may succeed without a change by an operator. */
  abstract readonly retryable: boolean;
}

function errorClass<Code extends string>(code: Code, retryable = false) {
  return class extends TokenReaderError {
    override readonly name: string = `${code}Error`;
    readonly code = code;
    readonly retryable: boolean = retryable;
  };
}

/** The token parameter does not exist: the credential does not exist, or no token has been issued yet. */
export class NoTokenError extends errorClass('NoToken', true) {}
/** The secret contains no app key, so the refresher cannot issue a token. */
export class UnconfiguredError extends errorClass('Unconfigured') {}
/** The token was revoked on request and is not replaced until an operator resumes the credential. */
export class PausedError extends errorClass('Paused') {}
/** The published token has expired, or the refresher has recorded that the broker rejects it. */
export class ExpiredError extends errorClass('Expired', true) {}
/** The token is live, but expires within `minRemaining`. */
export class ExpiresTooSoonError extends errorClass('ExpiresTooSoon', true) {}
/** The broker rejected the token, and no other token is published yet. */
export class NotReplacedError extends errorClass('NotReplaced', true) {}
/** The reader could not send the report of a rejected token. */
export class ReportFailedError extends errorClass('ReportFailed', true) {}
/** The role has no permission to read the parameter. */
export class AccessDeniedError extends errorClass('AccessDenied') {}
/** The role has no permission to decrypt the token with its KMS key, or the KMS key is disabled. */
export class KeyDeniedError extends errorClass('KeyDenied') {}
/** AWS rejects the signatures of this machine, because its clock is wrong. */
export class ClockSkewError extends errorClass('ClockSkew') {}
/** The reader could not read Parameter Store, and the cache contains no usable token. */
export class UnavailableError extends errorClass('Unavailable', true) {}
/** An option is not valid. */
export class BadOptionError extends errorClass('BadOption') {}

export type SourceErrorKind =
  /** The role has no permission to read the parameter. */
  | 'access'
  /** The role has no permission to use the token's KMS key, or the KMS key is disabled. */
  | 'key'
  /** AWS rejects the signature, because the clock of this machine is wrong. */
  | 'clock'
  /** Any other failure. */
  | 'unavailable';

/**
 * The error of a `ParameterSource` that failed to read parameters. The reader handles this error, or sets it
 * as the `cause` of another `TokenReaderError`.
 */
export class SourceError extends errorClass('Source') {
  readonly kind: SourceErrorKind;
  /** The error code of AWS. */
  readonly awsCode: string;

  constructor(kind: SourceErrorKind, awsCode: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.awsCode = awsCode;
  }
}
