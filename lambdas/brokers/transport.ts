import { once } from 'node:events';
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
 * Unlike fetch, node:https follows no redirects. A new agent ignores the proxy settings of the environment.
 * @throws BrokerError `unavailable` if no complete reply arrives
 */
export async function sendRequest(
  endpoint: string,
  { path, method, headers, body = '' }: BrokerRequest,
  limits: TransportLimits = TRANSPORT_LIMITS,
): Promise<BrokerReply> {
  const url = new URL(path, endpoint);
  const isHttps = url.protocol === 'https:';
  const agent = isHttps ? new https.Agent({ rejectUnauthorized: true }) : new http.Agent();
  const signal = AbortSignal.timeout(limits.timeout);
  const lengthHeader = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
  const options = {
    method,
    agent,
    signal,
    headers: { accept: 'application/json', ...headers, ...lengthHeader },
  };
  let isSent = false;
  let requestError: unknown;
  try {
    const request = (isHttps ? https : http).request(url, options);
    // After the start of a reply, only the request reports the cause of an error, such as an invalid chunk.
    request.on('error', (error) => {
      requestError ??= error;
    });
    // The request is sent after the TLS handshake, so the broker received nothing if an earlier step failed.
    request.once('socket', (socket) => {
      socket.once(isHttps ? 'secureConnect' : 'connect', () => {
        isSent = true;
        request.end(body);
      });
    });
    const response: http.IncomingMessage = (await once(request, 'response', { signal }))[0];
    return { status: response.statusCode ?? 0, body: await readBody(response, limits) };
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    const cause = requestError ?? error;
    const reason = signal.aborted ? `no complete reply within ${limits.timeout / 1000} s` : reasonOf(cause);
    throw new BrokerError('unavailable', `${url.host}: ${reason}`, { mayHaveActed: isSent, cause });
  }
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

/** Returns no error message, because the message could contain an IP address or a header. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
