import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SimulatedRequest {
  readonly method: string;
  /** The path and query of the request line. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly remoteAddress: string;
}

/** Returns a request header, or an empty string if the request does not contain the header. */
export function requestHeader(request: SimulatedRequest, name: string): string {
  return request.headers[name] ?? '';
}

/**
 * Returns the token of an `Authorization: Bearer` header (RFC 9110), or an empty string without this header.
 */
export function bearerToken(request: SimulatedRequest): string {
  return /^Bearer +(\S+)$/i.exec(requestHeader(request, 'authorization'))?.[1] ?? '';
}

export interface SimulatedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /**
   * How a simulated service sends the reply:
   * - `whole`: The service sends the complete reply.
   * - `cut`: The service closes the connection in the middle of the body.
   * - `lost`: The service resets the connection before the reply.
   * - `hang`: The service sends no reply and keeps the connection open.
   * @default 'whole'
   */
  readonly delivery?: 'whole' | 'cut' | 'lost' | 'hang';
  /** Encoding of the body. @default 'utf8' */
  readonly encoding?: 'utf8' | 'utf16le';
  /** The delay before the first byte, in milliseconds of real time. @default 0 */
  readonly delay?: number;
}

/**
 * Handles a request to a simulated service. The result depends only on the state and the clock of the
 * service.
 */
export type RequestFunction = (request: SimulatedRequest) => SimulatedResponse;

/** Handles a request to a simulated service asynchronously. */
export type AsyncRequestFunction = (request: SimulatedRequest) => Promise<SimulatedResponse>;

export interface RunningServer {
  /** The base URL without a trailing slash, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Stops the server and closes all its connections. */
  close(): Promise<void>;
}

/**
 * Serves a request function over HTTP on loopback.
 * @param port 0 selects a free port
 */
export async function listen(
  handle: RequestFunction | AsyncRequestFunction,
  port = 0,
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    reply(handle, request, response).catch(() => response.destroy());
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

/** Starts a server for each request function. If a port is in use, no server keeps running. */
export async function listenAll<Name extends string>(
  handlers: Readonly<Record<Name, RequestFunction>>,
  ports?: Readonly<Record<Name, number>>,
): Promise<{ readonly urls: Readonly<Record<Name, string>>; close(): Promise<void> }> {
  const servers: RunningServer[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
  const urls = {} as Record<Name, string>;
  try {
    for (const name of Object.keys(handlers) as Name[]) {
      const server = await listen(handlers[name], ports?.[name]);
      servers.push(server);
      urls[name] = server.url;
    }
    return { urls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function reply(
  handle: RequestFunction | AsyncRequestFunction,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, headers, body, delivery, encoding, delay } = await handle({
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(new Headers(request.headers as Record<string, string>)),
    body: await text(request),
    remoteAddress: request.socket.remoteAddress ?? '',
  });
  if (delivery === 'hang') return;
  if (delivery === 'lost') {
    request.socket.resetAndDestroy();
    return;
  }
  const bytes = Buffer.from(body, encoding);
  if (delay) await sleep(delay, undefined, { ref: false });
  // The reply has no Date header, because the AWS SDK would adjust its clock to the simulated time.
  response.sendDate = false;
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  if (delivery === 'cut')
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
  else response.end(bytes);
}
