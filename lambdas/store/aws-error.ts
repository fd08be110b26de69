import { BrokerTokensError } from '../shared/broker-tokens-error.ts';

/** AWS did not do what it was asked to: read or write a parameter, read a secret. */
export class AwsError extends BrokerTokensError {
  readonly code = 'Aws';
  /** AWS' own error name, e.g. `ThrottlingException`. */
  readonly awsCode: string;
  /** It will not get better by itself: a person must look (grants, key, quota of the parameter). */
  readonly permanent: boolean;
  /** Too many calls at once: the same call is served a little later. */
  readonly throttled: boolean;

  constructor(action: string, cause: unknown, secret = '') {
    const { name, message } = describe(cause);
    const clean = secret === '' ? message : message.replaceAll(secret, '***');
    super(`${action}: ${name}: ${clean}`, { cause });
    this.awsCode = name;
    this.permanent = PERMANENT.test(name);
    this.throttled = THROTTLED.test(name);
  }
}

/** Error names after which trying again changes nothing. Source: SSM and KMS API references, "Errors". */
const PERMANENT =
  /AccessDenied|UnrecognizedClient|InvalidKeyId|KMS(?!Internal|Throttl)|Disabled|HierarchyTypeMismatch|Parameter\w*LimitExceeded|Validation|UnsupportedParameterType/;

/** The same references, and "Common errors". */
const THROTTLED = /Throttl|TooManyRequests|TooManyUpdates|RequestLimitExceeded/;

/** The name of an error, as AWS gives it; empty for anything else that was thrown. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function describe(error: unknown): { name: string; message: string } {
  return error instanceof Error ? error : { name: 'Error', message: String(error) };
}
