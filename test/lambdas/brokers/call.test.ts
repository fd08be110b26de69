import { execFile } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BrokerRequest } from '../../../lambdas/brokers/broker.ts';
import { CALL_LIMITS, type CallLimits, call } from '../../../lambdas/brokers/call.ts';
import { BrokerError } from '../../../lambdas/brokers/errors.ts';
import { nobody, serve, serveSocket, serveUnvouched } from './servers.ts';

const ISSUE: BrokerRequest = {
  method: 'POST',
  path: '/oauth2/token?x=1',
  headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': 'au10001' },
  body: '{"appkey":"FAKE 앱키"}',
};
const PRICE: BrokerRequest = { method: 'GET', path: '/price', headers: { authorization: 'Bearer FAKE' } };
/** For answers that never come; every other test has the real limits. */
const IMPATIENT: CallLimits = { timeout: 100, maximumBody: 1024 };

const say =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

async function failureOf(endpoint: string, request = ISSUE, limits?: CallLimits): Promise<BrokerError> {
  try {
    await call(endpoint, request, limits);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

describe('A call', () => {
  it('takes ten seconds and 64 KB at most', () => {
    expect(CALL_LIMITS).toEqual({ timeout: 10_000, maximumBody: 65_536 });
  });

  it('brings method, path, headers and body to the broker', async () => {
    const broker = await serve(say(200, '{}'));
    await call(broker.url, ISSUE);
    expect(broker.seen).toMatchObject([
      {
        method: 'POST',
        url: '/oauth2/token?x=1',
        body: ISSUE.body,
        headers: { ...ISSUE.headers, accept: 'application/json', 'content-length': '24' },
      },
    ]);
  });

  it('sends no body with a question', async () => {
    const broker = await serve(say(200, '{}'));
    await call(broker.url, PRICE);
    expect(broker.seen).toMatchObject([{ method: 'GET', url: '/price', body: '' }]);
    expect(broker.seen[0]?.headers).toMatchObject({ authorization: 'Bearer FAKE' });
    expect(broker.seen[0]?.headers).not.toHaveProperty('content-length');
  });

  it.each([200, 201, 403, 404, 429, 500, 503])('hands back HTTP %d with its body', async (status) => {
    const broker = await serve(say(status, '{"return_msg":"인증"}'));
    expect(await call(broker.url, ISSUE)).toEqual({ status, body: '{"return_msg":"인증"}' });
  });

  it('puts a Korean letter together that came in two pieces', async () => {
    const letters = Buffer.from('{"m":"인증"}');
    const broker = await serve((_request, response) => {
      response.write(letters.subarray(0, 7));
      setImmediate(() => response.end(letters.subarray(7)));
    });
    expect((await call(broker.url, ISSUE)).body).toBe('{"m":"인증"}');
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect: HTTP %d is the answer', async (status) => {
    const stranger = await serve(say(200, '{"token":"FAKE"}'));
    const broker = await serve(say(status, '', { location: `${stranger.url}/oauth2/token` }));
    expect(await call(broker.url, ISSUE)).toEqual({ status, body: '' });
    expect(broker.seen).toHaveLength(1);
    expect(stranger.seen).toEqual([]);
  });

  it('takes an answer of exactly the greatest length', async () => {
    const broker = await serve(say(200, 'x'.repeat(1024)));
    expect((await call(broker.url, ISSUE, { ...CALL_LIMITS, maximumBody: 1024 })).body).toHaveLength(1024);
  });
});

describe('A call without a complete answer is "unavailable", and says whether the broker may have acted', () => {
  const host = (url: string) => new URL(url).host;

  it('nobody listens: it cannot have acted', async () => {
    const url = await nobody();
    expect(await failureOf(url)).toMatchObject({
      kind: 'unavailable',
      mayHaveActed: false,
      brokerCode: undefined,
      message: `${host(url)}: ECONNREFUSED`,
    });
  });

  it('an answer longer than the limit: it may have acted', async () => {
    const broker = await serve(say(200, 'x'.repeat(1025)));
    const error = await failureOf(broker.url, ISSUE, { ...CALL_LIMITS, maximumBody: 1024 });
    expect(error).toMatchObject({
      kind: 'unavailable',
      mayHaveActed: true,
      message: 'the answer is longer than 1 KB',
    });
  });

  it('an answer without end: it may have acted', async () => {
    const broker = await serve((_request, response) => {
      const more = () => response.write('x'.repeat(64)) && setImmediate(more);
      response.on('drain', more);
      more();
    });
    const error = await failureOf(broker.url, ISSUE, { ...CALL_LIMITS, maximumBody: 1024 });
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveActed: true });
    expect(error.message).toContain('longer than');
  });

  it('no answer at all: it may have acted', async () => {
    const broker = await serve(() => undefined);
    expect(await failureOf(broker.url, ISSUE, IMPATIENT)).toMatchObject({
      kind: 'unavailable',
      mayHaveActed: true,
      message: `${host(broker.url)}: no complete answer within 0.1 s`,
    });
  });

  it('an answer that stops half-way: it may have acted', async () => {
    const broker = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"token":');
    });
    const error = await failureOf(broker.url, ISSUE, IMPATIENT);
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveActed: true });
    expect(error.message).toContain('no complete answer within 0.1 s');
  });

  it('a connection that is taken and never served: it may have acted', async () => {
    const url = await serveSocket(() => undefined);
    expect(await failureOf(url, ISSUE, IMPATIENT)).toMatchObject({ kind: 'unavailable', mayHaveActed: true });
  });

  it.each<[sentence: string, text: string]>([
    ['cut in the middle of its body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"token":'],
    ['cut in the middle of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"token"'],
    ['cut in the middle of its headers', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['cut before it began', ''],
    ['of another protocol', 'SSH-2.0-FAKE\r\n'],
  ])('an answer %s: it may have acted', async (_sentence, text) => {
    const url = await serveSocket((socket) => socket.once('data', () => socket.end(text)));
    const error = await failureOf(url);
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveActed: true });
    expect(error.message).toMatch(new RegExp(`^${host(url)}: [A-Z_]+$`));
  });

  it('a connection that is reset: it may have acted', async () => {
    const url = await serveSocket((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await failureOf(url)).toMatchObject({ mayHaveActed: true, message: `${host(url)}: ECONNRESET` });
  });

  it('an https address that speaks http is not talked to', async () => {
    const broker = await serve(say(200, '{}'));
    const error = await failureOf(broker.url.replace('http:', 'https:'));
    expect(error).toMatchObject({ kind: 'unavailable' });
    expect(broker.seen).toEqual([]);
  });

  it('a certificate that nobody vouches for is not trusted with an app key, whatever the environment says', async () => {
    let asked = 0;
    const url = await serveUnvouched((_request, response) => {
      asked += 1;
      response.end('{}');
    });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await failureOf(url)).toMatchObject({ message: `${host(url)}: DEPTH_ZERO_SELF_SIGNED_CERT` });
    expect(asked).toBe(0);
  });

  it('a key that no header can hold is told by its kind, not by its text', async () => {
    const broker = await serve(say(200, '{}'));
    const error = await failureOf(broker.url, { ...PRICE, headers: { appkey: 'FAKE-앱키' } });
    expect(error).toMatchObject({ kind: 'unavailable', message: `${host(broker.url)}: ERR_INVALID_CHAR` });
    expect(broker.seen).toEqual([]);
  });
});

describe('A proxy of the environment never sees an app key', () => {
  it.each(['http', 'https'])('over %s', async (scheme) => {
    const proxy = await serve(say(200, '{"through":"the proxy"}'));
    const broker = await serve(say(200, '{"through":"no proxy"}'));
    const script = `
      import { call } from ${JSON.stringify(new URL('../../../lambdas/brokers/call.ts', import.meta.url).href)};
      const request = { method: 'POST', path: '/', headers: {}, body: 'FAKE' };
      call(process.argv[1], request).then(({ body }) => console.log(body), (error) => console.log(error.message));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script, broker.url.replace('http:', `${scheme}:`)],
      {
        env: {
          ...process.env,
          NODE_USE_ENV_PROXY: '1',
          HTTP_PROXY: proxy.url,
          HTTPS_PROXY: proxy.url,
          http_proxy: proxy.url,
          https_proxy: proxy.url,
          ALL_PROXY: proxy.url,
          NO_PROXY: '',
          no_proxy: '',
        },
      },
    );
    expect(proxy.seen).toEqual([]);
    expect(stdout).toMatch(scheme === 'http' ? /no proxy/ : /^127\.0\.0\.1:\d+: \w+/);
  });
});
