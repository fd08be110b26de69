import { SourceError, type SourceErrorKind } from './errors.ts';

/** A source from which parameters are read. */
export interface ParameterSource {
  /**
   * Reads parameters, decrypted. A parameter that does not exist is absent from the result.
   * @throws SourceError
   */
  read(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** The time of AWS minus the time of this machine, in milliseconds, if it is known. */
  readonly clockOffset?: number;
  /** The region for error messages. Unknown before the first read. */
  readonly region?: string | undefined;
}

const CLOCK =
  /^(RequestExpired|SignatureDoesNotMatch|InvalidSignature|RequestTimeTooSkewed|InvalidSignatureException)/;
const KEY = /KMS|InvalidKeyId|Disabled/;
/** Missing or expired AWS credentials are not listed: they are temporary in most cases. */
const ACCESS_DENIED_CODE = /AccessDenied/;

/** Classifies an error of AWS. */
export function sourceError(awsCode: string, message: string, cause?: unknown): SourceError {
  return new SourceError(kindOf(awsCode, message), awsCode, message, { cause });
}

function kindOf(awsCode: string, message: string): SourceErrorKind {
  if (CLOCK.test(awsCode)) return 'clock';
  // A denied kms:Decrypt has the code AccessDeniedException, too, so the message is checked.
  if (KEY.test(awsCode) || /kms/i.test(message)) return 'key';
  return ACCESS_DENIED_CODE.test(awsCode) ? 'access' : 'unavailable';
}
