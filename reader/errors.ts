/** No token can be returned. The message contains the next step and no token. */
export abstract class TokenReaderError extends Error {
  /** The class name without `Error`. The code is stable: programs may depend on it. */
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

/** No token parameter exists: no such credential, or no token has been issued yet. */
export class NoTokenError extends errorClass('NoToken', true) {}
/** The secret contains no app key, so the refresher cannot issue a token. */
export class UnconfiguredError extends errorClass('Unconfigured') {}
/** The token was revoked on request and is not replaced until an operator resumes the credential. */
export class PausedError extends errorClass('Paused') {}
/** The published token has expired or is known to be dead. */
export class ExpiredError extends errorClass('Expired', true) {}
/** The token is live, but expires within `minRemaining`. */
export class ExpiresTooSoonError extends errorClass('ExpiresTooSoon', true) {}
/** The broker rejected the token, and no other token is published yet. */
export class NotReplacedError extends errorClass('NotReplaced', true) {}
/** The report could not be sent. */
export class ReportFailedError extends errorClass('ReportFailed', true) {}
/** The role has no permission to read the parameter. */
export class AccessDeniedError extends errorClass('AccessDenied') {}
/** The role has no permission to decrypt with the token key, or the key is disabled. */
export class KeyDeniedError extends errorClass('KeyDenied') {}
/** AWS rejects the signatures of this machine, because its clock is wrong. */
export class ClockSkewError extends errorClass('ClockSkew') {}
/** Parameter Store did not answer, and no usable token is cached. */
export class UnavailableError extends errorClass('Unavailable', true) {}
/** An option is not valid. */
export class BadOptionError extends errorClass('BadOption') {}

export type SourceErrorKind =
  /** The role may not use the token key, or the key is disabled. */
  | 'access'
  /** AWS rejects the signature because the clock of this machine is wrong. */
  | 'key'
  /** AWS rejects the signature because of the clock. */
  | 'clock'
  /** Every other failure. */
  | 'unavailable';

/**
 * A `ParameterSource` failed to read. The reader handles this error, or sets it as the `cause` of its own
 * error.
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
