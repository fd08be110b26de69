import * as http from 'node:http';
import * as https from 'node:https';
import type { BrokerReply, BrokerRequest } from './broker.ts';
import { BrokerError } from './errors.ts';

export interface CallLimits {
  /** Whole call, from connecting to the last byte; milliseconds. */
  readonly timeout: number;
  /** Bytes. */
  readonly maximumBody: number;
}

export const CALL_LIMITS: CallLimits = { timeout: 10_000, maximumBody: 64 * 1024 };

/**
 * Makes one call. node:https rather than fetch: it follows no redirect, and an agent of our own
 * takes no proxy from the environment.
 * @throws BrokerError `unavailable` without a complete answer
 */
export async function call(
  endpoint: string,
  request: BrokerRequest,
  limits: CallLimits = CALL_LIMITS,
): Promise<BrokerReply> {
  const url = new URL(request.path, endpoint);
  const signal = AbortSignal.timeout(limits.timeout);
  try {
    return await exchange(url, request, limits, signal);
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    const reason = signal.aborted ? `no complete answer within ${limits.timeout / 1000} s` : reasonOf(error);
    // The broker may have acted on a request whose answer was lost; on one that never connected it can't.
    const neverArrived = !signal.aborted && NEVER_ARRIVED.has(reasonOf(error));
    throw new BrokerError('unavailable', `${url.host}: ${reason}`, {
      mayHaveActed: !neverArrived,
      cause: error,
    });
  }
}

const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function exchange(
  url: URL,
  { method, headers, body }: BrokerRequest,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<BrokerReply> {
  const secure = url.protocol === 'https:';
  const agent = secure ? new https.Agent({ rejectUnauthorized: true }) : new http.Agent();
  const content = body === undefined ? undefined : Buffer.from(body);
  const length = content === undefined ? {} : { 'content-length': content.length };
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(
      url,
      { method, agent, signal, headers: { accept: 'application/json', ...headers, ...length } },
      (response) => {
        readBody(response, limits).then(
          (text) => resolve({ status: response.statusCode ?? 0, body: text }),
          reject,
        );
      },
    );
    request.on('error', reject);
    request.end(content);
  });
}

async function readBody(response: http.IncomingMessage, { maximumBody }: CallLimits): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBody) {
      response.destroy();
      throw new BrokerError('unavailable', `the answer is longer than ${maximumBody / 1024} KB`, {
        mayHaveActed: true,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The system's own code, or the kind of error: a message might hold an address or more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
