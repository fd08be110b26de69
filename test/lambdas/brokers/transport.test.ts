import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { BrokerRequest } from '../../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../../lambdas/brokers/broker-error.ts';
import { sendRequest, TRANSPORT_LIMITS, type TransportLimits } from '../../../lambdas/brokers/transport.ts';
import { closedPortUrl, SELF_SIGNED_CERTIFICATE, serve, serveTcp, serveTls } from './loopback-servers.ts';

const ISSUE: BrokerRequest = {
  method: 'POST',
  path: '/oauth2/token?x=1',
  headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': 'au10001' },
  body: '{"appkey":"FAKE 앱키"}',
};
const PRICE: BrokerRequest = { method: 'GET', path: '/price', headers: { authorization: 'Bearer FAKE' } };
/** The limits for tests in which no reply arrives. All other tests use the production timeout. */
const SHORT: TransportLimits = { timeout: 250, maximumBody: 1024 };

const respond =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

const afterRequest = (act: (socket: Socket) => void) => (socket: Socket) =>
  void socket.once('data', () => act(socket));

async function failureOf(endpoint: string, request = ISSUE, limits?: TransportLimits): Promise<BrokerError> {
  try {
    await sendRequest(endpoint, request, limits);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

function trustSelfSigned(): void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, SELF_SIGNED_CERTIFICATE]);
  onTestFinished(() => tls.setDefaultCACertificates(before));
}

it('the broker transport by default ends a call after ten seconds, and accepts at most 64 KB', () => {
  expect(TRANSPORT_LIMITS).toEqual({ timeout: 10_000, maximumBody: 65_536 });
});

it('the broker transport sends method, path, headers and body of a POST request', async () => {
  const broker = await serve(respond(200, '{}'));
  await sendRequest(broker.url, ISSUE);
  expect(broker.received).toMatchObject([
    {
      method: 'POST',
      url: '/oauth2/token?x=1',
      body: ISSUE.body,
      headers: { ...ISSUE.headers, accept: 'application/json', 'content-length': '24' },
    },
  ]);
});

it('the broker transport sends a GET request without a body', async () => {
  const broker = await serve(respond(200, '{}'));
  await sendRequest(broker.url, PRICE);
  expect(broker.received).toMatchObject([{ method: 'GET', url: '/price', body: '' }]);
  expect(broker.received[0]?.headers).toMatchObject({ authorization: 'Bearer FAKE' });
  expect(broker.received[0]?.headers).not.toHaveProperty('content-length');
});

it('the broker transport sends a request over TLS to a server with a trusted certificate', async () => {
  trustSelfSigned();
  let received = '';
  const url = await serveTls((socket) => {
    socket.on('data', (chunk) => {
      received += chunk.toString();
      if (received.includes('앱키')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
    });
  });
  expect(await sendRequest(url, ISSUE)).toEqual({ status: 200, body: '{}' });
});

it.each([200, 201, 403, 404, 429, 500, 503])(
  'the broker transport returns the status and the body of a reply with HTTP %d',
  async (status) => {
    const broker = await serve(respond(status, '{"return_msg":"인증"}'));
    expect(await sendRequest(broker.url, ISSUE)).toEqual({ status, body: '{"return_msg":"인증"}' });
  },
);

it('the broker transport decodes a Korean character that arrives in two chunks', async () => {
  const bytes = Buffer.from('{"m":"인증"}');
  const broker = await serve((_request, response) => {
    response.write(bytes.subarray(0, 7));
    setImmediate(() => response.end(bytes.subarray(7)));
  });
  expect((await sendRequest(broker.url, ISSUE)).body).toBe('{"m":"인증"}');
});

it.each([301, 302, 303, 307, 308])(
  'the broker transport returns a redirect with HTTP %d instead of following it',
  async (status) => {
    const target = await serve(respond(200, '{"token":"FAKE"}'));
    const broker = await serve(respond(status, '', { location: `${target.url}/oauth2/token` }));
    expect(await sendRequest(broker.url, ISSUE)).toEqual({ status, body: '' });
    expect(broker.received).toHaveLength(1);
    expect(target.received).toEqual([]);
  },
);

it('the broker transport accepts a reply body of exactly the maximum length', async () => {
  const broker = await serve(respond(200, 'x'.repeat(1024)));
  const { body } = await sendRequest(broker.url, ISSUE, { ...TRANSPORT_LIMITS, maximumBody: 1024 });
  expect(body).toHaveLength(1024);
});

it.each([undefined, '0'])(
  'the broker transport sends nothing to a server with an untrusted certificate (NODE_TLS_REJECT_UNAUTHORIZED: %s)',
  async (value) => {
    let received = '';
    const url = await serveTls((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.toString();
      });
    });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const error = await failureOf(url);
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveActed: false });
    expect(error.message).toMatch(/: DEPTH_ZERO_SELF_SIGNED_CERT$/);
    expect(received).toBe('');
  },
);

it('the broker transport reports that a request with an invalid header was not sent', async () => {
  const broker = await serve(respond(200, '{}'));
  const error = await failureOf(broker.url, { ...PRICE, headers: { appkey: 'FAKE-앱키' } });
  expect(error).toMatchObject({ kind: 'unavailable', mayHaveActed: false });
  expect(error.message).toMatch(/^127\.0\.0\.1:\d+: ERR_INVALID_CHAR$/);
  expect(broker.received).toEqual([]);
});

const TIMED_OUT = 'no complete reply within 0.25 s';
const SENT = true;
const asHttps = async (url: Promise<string>) => (await url).replace('http:', 'https:');
const partial = (text: string) => () => serveTcp(afterRequest((socket) => socket.end(text)));

it.each<[title: string, sent: boolean, reason: string, start: () => Promise<string>]>([
  ['a refused connection', !SENT, 'ECONNREFUSED', closedPortUrl],
  ['a time-out during the TLS handshake', !SENT, TIMED_OUT, () => asHttps(serveTcp(() => undefined))],
  [
    'a connection that is closed during the TLS handshake',
    !SENT,
    'ECONNRESET',
    () => asHttps(serveTcp(afterRequest((socket) => socket.end()))),
  ],
  [
    'an HTTP server behind an https URL',
    !SENT,
    '[A-Z_]+',
    () => asHttps(serve(respond(200, '{}')).then(({ url }) => url)),
  ],
  [
    'a certificate for a different host name',
    !SENT,
    'ERR_TLS_CERT_ALTNAME_INVALID',
    async () => {
      trustSelfSigned();
      return (await serveTls(() => undefined)).replace('127.0.0.1', 'localhost');
    },
  ],
  ['a request that is never answered', SENT, TIMED_OUT, () => serveTcp(() => undefined)],
  [
    'a reply that stops halfway',
    SENT,
    TIMED_OUT,
    () => serveTcp(afterRequest((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'))),
  ],
  ['a truncated body', SENT, '[A-Z_]+', partial('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"token":')],
  [
    'a truncated chunk',
    SENT,
    '[A-Z_]+',
    partial('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"token"'),
  ],
  [
    'an invalid chunk',
    SENT,
    'HPE_INVALID_CHUNK_SIZE',
    partial('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nFAKE\r\n{}'),
  ],
  [
    'a switch to a different protocol (HTTP 101)',
    SENT,
    TIMED_OUT,
    partial('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: FAKE\r\n\r\n'),
  ],
  ['truncated headers', SENT, '[A-Z_]+', partial('HTTP/1.1 200 OK\r\ncontent-')],
  ['an empty reply', SENT, 'ECONNRESET', partial('')],
  ['a reply of a different protocol', SENT, '[A-Z_]+', partial('SSH-2.0-FAKE\r\n')],
  [
    'a reset after the request',
    SENT,
    'ECONNRESET',
    () => serveTcp(afterRequest((socket) => socket.resetAndDestroy())),
  ],
  [
    'a TLS connection that closes after the request',
    SENT,
    'ECONNRESET',
    async () => {
      trustSelfSigned();
      return serveTls(afterRequest((socket) => socket.destroy()));
    },
  ],
])('the broker transport reports %s as "unavailable" (sent: %s)', async (_title, sent, reason, start) => {
  const error = await failureOf(await start(), ISSUE, reason === TIMED_OUT ? SHORT : undefined);
  expect(error).toMatchObject({ code: 'Broker', kind: 'unavailable', mayHaveActed: sent });
  expect(error).toMatchObject({ brokerCode: undefined, cause: expect.any(Error) });
  expect(error.message).toMatch(new RegExp(`^(127\\.0\\.0\\.1|localhost):\\d+: ${reason}$`));
});

it('the broker transport reports an endless reply body as too long, and closes the connection', async () => {
  const closed = Promise.withResolvers<void>();
  const broker = await serve((_request, response) => {
    response.on('close', closed.resolve);
    const more = () => response.write('x'.repeat(64)) && setImmediate(more);
    response.on('drain', more);
    more();
  });
  const error = await failureOf(broker.url, ISSUE, { ...TRANSPORT_LIMITS, maximumBody: 1024 });
  expect(error).toMatchObject({ kind: 'unavailable', mayHaveActed: true });
  expect(error.message).toBe('the reply is longer than 1 KB');
  await closed.promise;
});
