import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { listen, type RequestFunction } from '../../simulator/http.ts';

const HOSTS = {
  'openapi.koreainvestment.com:9443': 'kis',
  'openapivts.koreainvestment.com:29443': 'kis',
  'api.kiwoom.com:443': 'kiwoom',
  'mockapi.kiwoom.com:443': 'kiwoom',
} as const;

export type BrokerHosts = Awaited<ReturnType<typeof startBrokerHosts>>;

/**
 * Starts an HTTPS proxy on loopback. Unmodified clients send requests to the real addresses of the brokers,
 * and the proxy forwards these requests to simulated brokers.
 */
export async function startBrokerHosts(brokers: Readonly<Record<'kis' | 'kiwoom', RequestFunction>>) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'brokers' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: Object.keys(HOSTS).map((host) => ({ type: 2, value: host.split(':')[0] ?? '' })),
      },
    ],
  });
  const secureContext = createSecureContext({ key, cert });
  const calledPaths: string[] = [];
  const serve = (handle: RequestFunction) =>
    listen((request) => {
      calledPaths.push(request.path);
      return handle(request);
    });
  const servers = { kis: await serve(brokers.kis), kiwoom: await serve(brokers.kiwoom) };
  const open = new Set<Socket>();
  const track = (socket: Socket) => {
    open.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
  };
  const proxy = createServer((_, response) => response.writeHead(403).end());
  proxy.on('connect', ({ url = '' }, client: Socket) => {
    const broker = HOSTS[url as keyof typeof HOSTS] as 'kis' | 'kiwoom' | undefined;
    track(client);
    // The proxy rejects all other hosts, so that no client reaches the internet.
    if (!broker) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    const decrypted = track(new TLSSocket(client, { isServer: true, secureContext }));
    const upstream = track(connect(Number(new URL(servers[broker].url).port), '127.0.0.1'));
    return decrypted.pipe(upstream).pipe(decrypted);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    /** The URL of the proxy, for the variable `HTTPS_PROXY`. */
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    /** The certificate that clients must trust, in PEM format. */
    certificate: cert,
    /**
     * The paths of all calls of clients, oldest first, without the calls of the refresher, which does not use
     * the proxy.
     */
    calledPaths: calledPaths as readonly string[],
    close: async () => {
      for (const socket of open) socket.destroy();
      proxy.close();
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}
