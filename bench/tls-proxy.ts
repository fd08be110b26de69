import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { generate } from 'selfsigned';

/**
 * Starts a TLS proxy in front of an HTTP server on loopback, because AWS requires TLS and the TLS handshake
 * is part of the first call. @returns the base URL, and the certificate to trust in PEM format
 */
export async function startTlsProxy(service: string) {
  const { port } = new URL(service);
  const openSockets = new Set<Socket>();
  const { key, cert } = await createCertificate();
  const server = createServer({ key, cert, noDelay: true }, (client) => {
    const upstream = connect(Number(port), '127.0.0.1');
    for (const socket of [client, upstream]) {
      openSockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => openSockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate: cert,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of openSockets) socket.destroy();
      }),
  };
}

/**
 * Creates a certificate with an elliptic curve key, like the certificates of AWS. Each run creates a new
 * certificate, so that the repository contains no key.
 */
async function createCertificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { key, cert };
}
