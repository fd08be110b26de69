import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';
import { listen, type RequestFunction } from '../../simulator/http.ts';

/**
 * An HTTPS proxy on loopback that sends requests for the real addresses of the brokers to simulated brokers.
 */
export interface BrokerHosts {
  /** The URL of the proxy, for the variable `HTTPS_PROXY`. */
  readonly proxy: string;
  /** The certificate that clients must trust, in PEM format. */
  readonly certificate: string;
  /**
   * The paths of all calls of clients, oldest first. The list does not contain calls of the refresher, which
   * does not use the proxy.
   */
  readonly calledPaths: readonly string[];
  close(): Promise<void>;
}

const HOSTS = {
  'openapi.koreainvestment.com:9443': 'kis',
  'openapivts.koreainvestment.com:29443': 'kis',
  'api.kiwoom.com:443': 'kiwoom',
  'mockapi.kiwoom.com:443': 'kiwoom',
} as const;

/** Starts the proxy, through which unchanged clients call the real addresses of the brokers. */
export async function startBrokerHosts(
  brokers: Readonly<Record<'kis' | 'kiwoom', RequestFunction>>,
): Promise<BrokerHosts> {
  const { key, cert } = await makeCertificate();
  const calledPaths: string[] = [];
  const open = new Set<Socket>();
  const trackSocket = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
  };
  const serve = async (handle: RequestFunction) => {
    const http = await listen((request) => {
      calledPaths.push(request.path);
      return handle(request);
    });
    const tls = createTlsServer({ key, cert }, (client) => {
      const upstream = connect(Number(new URL(http.url).port), '127.0.0.1');
      for (const socket of [client, upstream]) trackSocket(socket);
      client.pipe(upstream).pipe(client);
    });
    return { http, tls, port: await listenOn(tls) };
  };
  const servers = { kis: await serve(brokers.kis), kiwoom: await serve(brokers.kiwoom) };
  const proxy = createHttpServer((_, response) => response.writeHead(403).end());
  proxy.on('connect', ({ url = '' }, client: Socket) => {
    const broker = HOSTS[url as keyof typeof HOSTS] as 'kis' | 'kiwoom' | undefined;
    trackSocket(client);
    // The proxy rejects all other hosts, so that no client reaches the internet.
    if (!broker) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect(servers[broker].port, '127.0.0.1');
    trackSocket(upstream);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    return client.pipe(upstream).pipe(client);
  });
  const port = await listenOn(proxy);
  return {
    proxy: `http://127.0.0.1:${port}`,
    certificate: cert,
    calledPaths,
    close: async () => {
      for (const socket of open) socket.destroy();
      await Promise.all(Object.values(servers).map(({ http: httpServer }) => httpServer.close()));
      for (const server of [proxy, servers.kis.tls, servers.kiwoom.tls]) server.close();
    },
  };
}

async function makeCertificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const names = Object.keys(HOSTS).map((host) => host.split(':')[0] ?? '');
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'brokers' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) }],
  });
  return { key, cert };
}

async function listenOn(server: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
