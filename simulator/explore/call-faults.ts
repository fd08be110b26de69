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

/** The outcome of one call of a port (an external system of the refresher). */
export type Outcome =
  | 'ok'
  /** AWS: only this call fails, and a retry succeeds. */
  | 'error'
  /** AWS: the call fails until the invocation ends; takes effect, but the reply is lost; or is denied. */
  | 'failed'
  | 'failed-after'
  | 'denied'
  /**
   * Broker: the call is not sent; lost before or after the broker executed it; or rejected without being
   * executed.
   */
  | 'unsent'
  | 'lost'
  | 'lost-after'
  | 'throttled'
  | 'rejected'
  | 'unavailable'
  | 'malformed'
  | 'unclear'
  /** The function is killed. */
  | 'crash'
  | 'crash-after';

/**
 * The function was killed. The invocation was killed, so SQS delivers the message again after the visibility
 * timeout.
 */
export class KilledError extends Error {
  override readonly name = 'KilledError';
}

/** The broker's reply to a call that it does not execute; undefined for other outcomes. */
export function rejectionOf(broker: BrokerId, outcome: Outcome): BrokerReply | undefined {
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

export function awsError(call: string, name: string): AwsError {
  return new AwsError(call, Object.assign(new Error('simulated'), { name }));
}
