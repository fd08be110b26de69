import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startTlsProxy, type TlsProxy } from '../../bench/tls-proxy.ts';
import { listen } from '../../simulator/http.ts';

async function proxy(tls: boolean): Promise<TlsProxy> {
  const service = await listen(({ body }) => ({ status: 200, headers: {}, body: `heard ${body}` }));
  const opened = await startTlsProxy(service.url, { tls });
  onTestFinished(async () => {
    await opened.close();
    await service.close();
  });
  return opened;
}

function post(url: string, body: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', ca, agent: false }, (response) => resolve(text(response)));
    call.on('error', reject).end(body);
  });
}

test('the door hands a request on and its answer back, and counts both ways', async () => {
  const { url, bytes, clearBytes } = await proxy(false);
  const response = await fetch(url, { method: 'POST', body: 'FAKE-body' });
  expect(await response.text()).toBe('heard FAKE-body');
  expect(bytes.sent).toBeGreaterThan('POST / HTTP/1.1\r\n\r\nFAKE-body'.length);
  expect(bytes.received).toBeGreaterThan('HTTP/1.1 200 OK\r\n\r\nheard FAKE-body'.length);
  clearBytes();
  expect(bytes).toEqual({ sent: 0, received: 0 });
});

test('with TLS it is taken by those who trust its certificate only', async () => {
  const { url, certificate } = await proxy(true);
  expect(url).toMatch(/^https:/);
  expect(await post(url, 'FAKE-body', certificate)).toBe('heard FAKE-body');
  await expect(post(url, 'FAKE-body', undefined)).rejects.toThrow(/self-signed certificate/);
});

test('it counts what is sent, and not what encryption adds to it', async () => {
  const [plain, secured] = [await proxy(false), await proxy(true)];
  await fetch(plain.url, { method: 'POST', body: 'a' });
  await post(secured.url, 'a', secured.certificate);
  const before = secured.bytes.sent;
  await post(secured.url, 'a'.repeat(1001), secured.certificate);
  // The same request, a thousand longer; its length takes three digits more.
  expect(secured.bytes.sent - 2 * before).toBe(1000 + '1001'.length - '1'.length);
});
