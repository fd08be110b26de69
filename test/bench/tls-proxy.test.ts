import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startTlsProxy } from '../../bench/tls-proxy.ts';
import { listen } from '../../simulator/http.ts';

function post(url: string, body: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', ca, agent: false }, (response) => resolve(text(response)));
    call.on('error', reject).end(body);
  });
}

test('the TLS proxy of the benchmark forwards requests only from clients that trust its certificate', async () => {
  const service = await listen(({ body }) => ({ status: 200, headers: {}, body: `received ${body}` }));
  const { url, certificate, close } = await startTlsProxy(service.url);
  try {
    expect(await post(url, 'FAKE-body', certificate)).toBe('received FAKE-body');
    await expect(post(url, 'FAKE-body', undefined)).rejects.toThrow(/self-signed certificate/);
  } finally {
    await close();
    await service.close();
  }
});
