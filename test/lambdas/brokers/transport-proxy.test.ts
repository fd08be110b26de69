import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { serve } from './loopback-servers.ts';

it.each(['http', 'https'])(
  'the broker transport ignores the proxy settings of the environment for %s URLs',
  async (scheme) => {
    const proxy = await serve((_request, response) => response.end('{"through":"the proxy"}'));
    const broker = await serve((_request, response) => response.end('{"through":"no proxy"}'));
    const module = new URL('../../../lambdas/brokers/transport.ts', import.meta.url).href;
    const script = `
    import { sendRequest } from ${JSON.stringify(module)};
    const request = { method: 'POST', path: '/', headers: {}, body: 'FAKE' };
    const print = (text) => console.log(text);
    sendRequest(process.argv[1], request).then(({ body }) => print(body), (error) => print(error.message));`;
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy'];
    const proxies = Object.fromEntries(names.map((name) => [name, proxy.url]));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script, broker.url.replace('http:', `${scheme}:`)],
      { env: { ...process.env, NODE_USE_ENV_PROXY: '1', NO_PROXY: '', no_proxy: '', ...proxies } },
    );
    expect(proxy.received).toEqual([]);
    expect(stdout).toMatch(scheme === 'http' ? /no proxy/ : /^127\.0\.0\.1:\d+: \w+/);
  },
);
