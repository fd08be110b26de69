import * as http from 'node:http';
import * as https from 'node:https';
import type { BrokerReply, BrokerRequest } from './broker.ts';
import { BrokerError } from './broker-error.ts';

export interface TransportLimits {
  /** The maximum time from the start of the connection to the last byte of the reply, in milliseconds. */
  readonly timeout: number;
  /** The maximum size of a reply body, in bytes. */
  readonly maximumBody: number;
}

export const TRANSPORT_LIMITS: TransportLimits = { timeout: 10_000, maximumBody: 64 * 1024 };

/**
 * Sends one request. The function uses node:https instead of fetch, because node:https follows no redirects.
 * Each request uses a new agent, which ignores the proxy settings of the environment.
 * @throws BrokerError `unavailable` if no complete reply arrives
 */
export async function sendRequest(
  endpoint: string,
  request: BrokerRequest,
  limits: TransportLimits = TRANSPORT_LIMITS,
): Promise<BrokerReply> {
  const url = new URL(request.path, endpoint);
  const signal = AbortSignal.timeout(limits.timeout);
  const progress = { sent: false };
  try {
    return await sendAndReceive(url, request, limits, signal, progress);
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    const reason = signal.aborted ? `no complete reply within ${limits.timeout / 1000} s` : reasonOf(error);
    throw new BrokerError('unavailable', `${url.host}: ${reason}`, {
      mayHaveActed: progress.sent,
      cause: error,
    });
  }
}

function sendAndReceive(
  url: URL,
  { method, headers, body }: BrokerRequest,
  limits: TransportLimits,
  signal: AbortSignal,
  progress: { sent: boolean },
): Promise<BrokerReply> {
  const usesHttps = url.protocol === 'https:';
  const agent = usesHttps ? new https.Agent({ rejectUnauthorized: true }) : new http.Agent();
  const content = body === undefined ? undefined : Buffer.from(body);
  const lengthHeader = content === undefined ? {} : { 'content-length': content.length };
  return new Promise((resolve, reject) => {
    const request = (usesHttps ? https : http).request(
      url,
      { method, agent, signal, headers: { accept: 'application/json', ...headers, ...lengthHeader } },
      (response) => {
        readBody(response, limits).then(
          (text) => resolve({ status: response.statusCode ?? 0, body: text }),
          reject,
        );
      },
    );
    request.on('error', reject);
    // The function sends the request after the TLS handshake, so the broker received no request if an earlier
    // step failed.
    request.once('socket', (socket) => {
      socket.once(usesHttps ? 'secureConnect' : 'connect', () => {
        progress.sent = true;
        request.end(content);
      });
    });
  });
}

async function readBody(response: http.IncomingMessage, { maximumBody }: TransportLimits): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The error ends the loop, and the end of the loop closes the connection.
    if (size > maximumBody)
      throw new BrokerError('unavailable', `the reply is longer than ${maximumBody / 1024} KB`, {
        mayHaveActed: true,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Returns the system error code or the error name instead of the error message, which could contain an IP
 * address or a header.
 */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
