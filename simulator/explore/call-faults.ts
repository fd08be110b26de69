import type { BrokerReply } from '../../lambdas/brokers/broker.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { AwsError } from '../../lambdas/store/aws-error.ts';

export type PortCall =
  | 'read'
  | 'readToken'
  | 'writeToken'
  | 'writeState'
  | 'readSecret'
  | 'checkSecret'
  | 'issue'
  | 'revoke'
  | 'verify';

/** The simulated outcome of one call that the refresher sends to AWS or to a broker. */
export type Outcome =
  | 'ok'
  /** An AWS call fails, but its retry succeeds. */
  | 'error'
  /** An AWS call fails until the invocation ends, or takes effect but its reply is lost, or is denied. */
  | 'failed'
  | 'failed-after'
  | 'denied'
  /**
   * A broker call is not sent, or is lost before or after its execution, or is rejected, or receives an
   * unusable reply.
   */
  | 'unsent'
  | 'lost'
  | 'lost-after'
  | 'throttled'
  | 'rejected'
  | 'unavailable'
  | 'malformed'
  | 'unclear'
  /** The Lambda function is killed before or after the call. */
  | 'crash'
  | 'crash-after';

/** The invocation was killed. SQS delivers the message again after the visibility timeout. */
export class KilledError extends Error {
  override readonly name = 'KilledError';
}

/** Returns the broker's error reply for an outcome, or undefined if the outcome has no error reply. */
export function rejectionReply(broker: BrokerId, outcome: Outcome): BrokerReply | undefined {
  const code = REJECTIONS[broker][outcome];
  if (outcome === 'unavailable') return { status: 503, body: '<html>maintenance</html>' };
  if (outcome === 'malformed') return { status: 200, body: '{}' };
  if (code === undefined) return undefined;
  if (broker === 'kiwoom')
    return { status: 200, body: JSON.stringify({ return_code: 3, return_msg: `FAKE[${code}:FAKE]` }) };
  return { status: 403, body: JSON.stringify({ error_code: code, error_description: 'FAKE' }) };
}

const REJECTIONS: Readonly<Record<BrokerId, Partial<Record<Outcome, string>>>> = {
  kis: { throttled: 'EGW00133', rejected: 'EGW00103', unclear: 'OPSQ0002' },
  kiwoom: { throttled: '1700', rejected: '8050', unclear: '8104' },
};

/** The error names of failed calls to AWS. */
const AWS_ERRORS: Partial<Record<Outcome, string>> = {
  error: 'InternalServerError',
  failed: 'InternalServerError',
  'failed-after': 'InternalServerError',
  denied: 'AccessDeniedException',
  throttled: 'ThrottlingException',
};

const awsErrors = new Map<string, AwsError>();

/**
 * Returns the error of a call to AWS, or undefined if the outcome is not an error. Each kind of error is one
 * object, because the creation of stack traces would take most of the time of a simulation.
 */
export function awsError(call: PortCall, outcome: Outcome): AwsError | undefined {
  const name = AWS_ERRORS[outcome];
  if (name === undefined) return undefined;
  const known = awsErrors.get(`${call} ${name}`);
  const error = known ?? createAwsError(call, name);
  awsErrors.set(`${call} ${name}`, error);
  return error;
}

/** Creates the error of a call to AWS from an error name, for example `ThrottlingException`. */
export function createAwsError(call: string, name: string): AwsError {
  return new AwsError(call, Object.assign(new Error('simulated'), { name }));
}
