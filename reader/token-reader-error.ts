/** Why there is no token. Stable: programs may depend on it. */
export type TokenReaderErrorCode =
  /** Neither token nor state exists: no such credential, or nothing has been issued yet. */
  | 'NoToken'
  /** The secret holds no app key, so the refresher cannot issue. */
  | 'Unconfigured'
  /** Revoked on request, and not replaced until an operator resumes. */
  | 'Paused'
  /** The published token is past its end, or known to be dead. */
  | 'Expired'
  /** It lives, but not as long as was asked for. */
  | 'TooShort'
  /** The role may not read the parameter. */
  | 'AccessDenied'
  /** The role may not use the tokens' key, or the key is disabled. */
  | 'KeyDenied'
  /** This machine's clock is so wrong that AWS refuses its signatures. */
  | 'ClockSkew'
  /** Parameter Store did not answer, and nothing usable is cached. */
  | 'Unavailable'
  /** Something that was asked for makes no sense. */
  | 'BadOption';

/** No token can be handed out. The message says what to do, and never holds a token. */
export class TokenReaderError extends Error {
  readonly code: TokenReaderErrorCode;
  /** Whether asking again in a while may help without anybody doing anything. */
  readonly retryable: boolean;

  constructor(
    code: TokenReaderErrorCode,
    message: string,
    options: ErrorOptions & { readonly retryable?: boolean } = {},
  ) {
    super(message, options);
    this.name = 'TokenReaderError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
