import { SourceError, type SourceErrorKind } from './errors.ts';

/** A service from which the reader reads parameters: Parameter Store or the Lambda extension. */
export interface ParameterSource {
  /**
   * Reads and decrypts parameters. A parameter that does not exist is absent from the result.
   * @throws SourceError
   */
  read(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /**
   * The clock of AWS minus the clock of this machine, in milliseconds; absent if the difference is unknown.
   */
  readonly clockOffset?: number;
  /** The AWS region, for error messages. The region is undefined before the first read. */
  readonly region?: string | undefined;
}

const CLOCK_ERROR_CODE =
  /^(RequestExpired|SignatureDoesNotMatch|InvalidSignature|RequestTimeTooSkewed|InvalidSignatureException)/;
const KEY_ERROR_CODE = /KMS|InvalidKeyId|Disabled/;
/** Errors of missing or expired AWS credentials do not match, because most of these errors are temporary. */
const ACCESS_DENIED_CODE = /AccessDenied/;

/** Converts an AWS error to a `SourceError`, which contains the kind of the failure. */
export function createSourceError(awsCode: string, message: string, cause?: unknown): SourceError {
  return new SourceError(errorKindOf(awsCode, message), awsCode, message, { cause });
}

function errorKindOf(awsCode: string, message: string): SourceErrorKind {
  if (CLOCK_ERROR_CODE.test(awsCode)) return 'clock';
  // AWS reports a denied kms:Decrypt as AccessDeniedException, too, so the function also checks the message.
  if (KEY_ERROR_CODE.test(awsCode) || /kms/i.test(message)) return 'key';
  return ACCESS_DENIED_CODE.test(awsCode) ? 'access' : 'unavailable';
}
