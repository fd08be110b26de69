/** Where parameters are read from. */
export interface ParameterSource {
  /**
   * Reads parameters, decrypted. One that does not exist is absent from the answer.
   * @throws SourceError
   */
  read(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** What this machine's clock lacks to AWS's, milliseconds, as far as is known. */
  readonly clockOffset?: number;
}

/** A read that AWS did not serve. */
export class SourceError extends Error {
  /** `access`: a permission lacks; `key`: the key is denied or disabled; `clock`; `unavailable`: all else. */
  readonly kind: 'access' | 'key' | 'clock' | 'unavailable';
  /** AWS's own name for it. */
  readonly awsCode: string;

  constructor(kind: SourceError['kind'], awsCode: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceError';
    this.kind = kind;
    this.awsCode = awsCode;
  }
}

const CLOCK =
  /^(RequestExpired|SignatureDoesNotMatch|InvalidSignature|RequestTimeTooSkewed|InvalidSignatureException)/;
const KEY = /KMS|InvalidKeyId|Disabled/;
/** Not credentials that are missing or have expired: these are renewed by themselves, mostly in a moment. */
const ACCESS = /AccessDenied/;

/** What AWS's answer means to a reader. */
export function sourceError(awsCode: string, message: string, cause?: unknown): SourceError {
  const about = `${awsCode} ${/kms/i.test(message) ? 'KMS' : ''}`;
  const kind = CLOCK.test(awsCode)
    ? 'clock'
    : KEY.test(about)
      ? 'key'
      : ACCESS.test(awsCode)
        ? 'access'
        : 'unavailable';
  return new SourceError(kind, awsCode, message, { cause });
}
