import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SimulatedRequest {
  readonly method: string;
  /** Path and query, as on the request line. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly remoteAddress: string;
}

/** A request header; empty if it is absent. */
export function requestHeader(request: SimulatedRequest, name: string): string {
  return request.headers[name] ?? '';
}

/** The token of an `authorization: Bearer …` header; the scheme is case-insensitive (RFC 9110). Empty if there is none. */
export function bearerToken(request: SimulatedRequest): string {
  return /^Bearer +(\S+)$/i.exec(requestHeader(request, 'authorization'))?.[1] ?? '';
}

/**
 * What becomes of an answer on its way:
 * - `whole` it arrives;
 * - `cut` the connection breaks in the middle of the body;
 * - `lost` the connection is reset before any of it arrives;
 * - `hang` nothing arrives and the connection stays open.
 */
export type ResponseDelivery = 'whole' | 'cut' | 'lost' | 'hang';

export interface SimulatedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** @default 'whole' */
  readonly delivery?: ResponseDelivery;
  /** Of the body's text. @default 'utf8' */
  readonly encoding?: 'utf8' | 'utf16le';
  /** Before the first byte, milliseconds of real time. @default 0 */
  readonly delay?: number;
}

/** The heart of every simulator: pure but for its own memory and its clock. */
export type RequestFunction = (request: SimulatedRequest) => SimulatedResponse;

export interface RunningServer {
  /** E.g. `http://127.0.0.1:40123`, without a trailing slash. */
  readonly url: string;
  /** Ends open connections too, hanging ones included. */
  close(): Promise<void>;
}

const LARGEST_BODY = 1024 * 1024;

/**
 * Serves a request function on loopback, never on any other interface.
 * @param port a free one unless it is given
 */
export async function listen(handle: RequestFunction, port = 0): Promise<RunningServer> {
  const server = createServer((request, response) => {
    answer(handle, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actual}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(
  handle: RequestFunction,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const {
    status,
    headers,
    body: text,
    delivery,
    encoding = 'utf8',
    delay = 0,
  } = handle({
    method: request.method ?? '',
    path: request.url ?? '',
    headers: flatten(request),
    body,
    remoteAddress: request.socket.remoteAddress ?? '',
  });
  if (delivery === 'hang') return;
  if (delivery === 'lost') {
    request.socket.resetAndDestroy();
    return;
  }
  const bytes = Buffer.from(text, encoding);
  if (delay > 0) await sleep(delay, undefined, { ref: false });
  // The AWS SDK corrects its own clock by the Date header, and simulated time is years away: none.
  response.sendDate = false;
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  if (delivery === 'cut') {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
    return;
  }
  response.end(bytes);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY) throw new RangeError('the request body is larger than 1 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flatten(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
