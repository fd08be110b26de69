import type { AddressInfo } from 'node:net';
import { connect, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';

/** What stands before a simulated service: a door that counts, and that may speak TLS. */
export interface TlsProxy {
  /** E.g. `https://127.0.0.1:40123`. */
  readonly url: string;
  /** The certificate to trust, PEM; absent without TLS. */
  readonly certificate: string | undefined;
  /** HTTP as it crossed the wire, before encryption: request lines, headers and bodies of both ways. Bytes. */
  readonly bytes: { readonly sent: number; readonly received: number };
  clearBytes(): void;
  close(): Promise<void>;
}

/**
 * Opens a door to an HTTP server on loopback. AWS is reached over TLS only, and a first call pays for it:
 * measured without, a start would look better than it is.
 */
export async function startTlsProxy(service: string, { tls }: { readonly tls: boolean }): Promise<TlsProxy> {
  const { port } = new URL(service);
  const bytes = { sent: 0, received: 0 };
  const open = new Set<Socket>();
  const pass = (client: Socket): void => {
    const upstream = connect(Number(port), '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      // Either end may go first: the other one learns of it.
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    }
    client.on('data', (chunk) => {
      bytes.sent += chunk.length;
    });
    upstream.on('data', (chunk) => {
      bytes.received += chunk.length;
    });
    client.pipe(upstream).pipe(client);
  };
  const pem = tls ? await certificate() : undefined;
  const server =
    pem === undefined ? createPlainServer(pass) : createTlsServer({ ...pem, noDelay: true }, pass);
  const address = await listen(server);
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`,
    certificate: pem?.cert,
    bytes,
    clearBytes: () => Object.assign(bytes, { sent: 0, received: 0 }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Of an elliptic curve, as Amazon's are offered to whoever can take them. Made anew each time: no key lies in the repository. */
async function certificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { key, cert };
}

function listen(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server.address() as AddressInfo));
  });
}
