import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface TestServer {
  readonly url: string;
  readonly received: readonly ReceivedRequest[];
}

/** Starts an HTTP server on a free loopback port, and closes it after the test. */
export async function serve(answer: RequestListener): Promise<TestServer> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method, url, headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
    answer(request, response);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, received };
}

type SocketHandler = (socket: Socket) => void;

/** Starts a TCP server that runs `handle` for each connection. */
export function serveTcp(handle: SocketHandler): Promise<string> {
  return serveSockets(createTcpServer(), 'connection', 'http', handle);
}

/** The self-signed certificate that `serveTls` uses for the address 127.0.0.1. */
export const SELF_SIGNED_CERTIFICATE = pem('self-signed.cert.pem');

/** Starts a TLS server that runs `handle` for each connection after the handshake. */
export function serveTls(handle: SocketHandler): Promise<string> {
  const server = createTlsServer({ key: pem('self-signed.key.pem'), cert: SELF_SIGNED_CERTIFICATE });
  return serveSockets(server, 'secureConnection', 'https', handle);
}

async function serveSockets(
  server: Server,
  event: 'connection' | 'secureConnection',
  scheme: 'http' | 'https',
  handle: SocketHandler,
): Promise<string> {
  const sockets = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket));
    handle(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `${scheme}://127.0.0.1:${await listen(server)}`;
}

/** Returns the URL of a port on which no server listens. */
export async function closedPortUrl(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function pem(name: string): string {
  return readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8');
}
