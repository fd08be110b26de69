import { BrokerTokensError } from '../shared/broker-tokens-error.ts';

/** A request to AWS failed. */
export class AwsError extends BrokerTokensError {
  readonly code = 'Aws';
  /** The error name of AWS, for example `ThrottlingException`. */
  readonly awsCode: string;
  /** Whether every retry fails until an operator corrects permissions, a key or a quota. */
  readonly permanent: boolean;
  /** Whether AWS throttled the request, so that a later retry can succeed. */
  readonly throttled: boolean;

  /** @param secret a text of the request that the constructor removes from the error message of AWS */
  constructor(action: string, cause: unknown, secret = '') {
    const { name, message } = cause instanceof Error ? cause : { name: 'Error', message: String(cause) };
    super(`${action}: ${name}: ${secret === '' ? message : message.replaceAll(secret, '***')}`, { cause });
    this.awsCode = name;
    this.permanent = PERMANENT_ERROR_NAME.test(name);
    this.throttled = THROTTLING_ERROR_NAME.test(name);
  }
}

/** The names of errors for which a retry does not help. Source: SSM and KMS API references, "Errors". */
const PERMANENT_ERROR_NAME =
  /AccessDenied|UnrecognizedClient|InvalidKeyId|KMS(?!Internal|Throttl)|Disabled|HierarchyTypeMismatch|Parameter\w*LimitExceeded|Validation|UnsupportedParameterType/;

/** The names of throttling errors. Source: SSM and KMS API references, "Errors" and "Common errors". */
const THROTTLING_ERROR_NAME = /Throttl|TooManyRequests|TooManyUpdates|RequestLimitExceeded/;

/** Runs a request to AWS. @throws AwsError */
export async function request<T>(action: string, run: () => Promise<T>, secret?: string): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new AwsError(action, error, secret);
  }
}

/** Returns `fallback` if the request fails with an expected AwsError (by default, any AwsError). */
export async function withFallback<T, Fallback>(
  request: Promise<T>,
  fallback: Fallback,
  isExpected = (_error: AwsError) => true,
): Promise<T | Fallback> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof AwsError && isExpected(error)) return fallback;
    throw error;
  }
}

/** The name of an AWS error; empty for any other thrown value. */
export function errorNameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
