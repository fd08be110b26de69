import { afterEach, describe, expect, it } from 'vitest';
import { DeliveryError, post } from '../../../examples/notifications/send.ts';
import {
  listen,
  type RunningServer,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../../../simulator/http.ts';

const SECRET = '7000:FAKE-secret';
const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Reply = Partial<Omit<SimulatedResponse, 'body'>> & { readonly body?: unknown };

/**
 * Posts a message to a fake chat service, which returns the replies in order and then repeats the last reply.
 */
async function postTo(...replies: readonly [Reply, ...Reply[]]) {
  const requests: SimulatedRequest[] = [];
  const server = await listen((request) => {
    const { body, ...reply } = replies[Math.min(requests.length, replies.length - 1)] ?? {};
    requests.push(request);
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
    return { status: 200, headers: {}, ...reply, body: text };
  });
  servers.push(server);
  const url = new URL(`${server.url}/bot${SECRET}/sendMessage`);
  const start = Date.now();
  const message = { service: 'Chat', url, secret: SECRET, body: { text: 'hello' }, timeoutMs: 2_000 };
  const error = await post(message).catch((thrown: DeliveryError) => thrown);
  return { error: error ?? undefined, requests, elapsed: Date.now() - start };
}

const telegramLimit = (retry_after: number): Reply => ({
  status: 429,
  body: { description: `Too Many Requests: retry after ${retry_after}`, parameters: { retry_after } },
});
const discordLimit = (retry_after: number): Reply => ({
  status: 429,
  body: { message: 'You are being rate limited.', retry_after, global: false },
});

describe('Posting to a chat service', () => {
  it('sends one request with the message as JSON', async () => {
    const { error, requests } = await postTo({ status: 200 });
    expect(error).toBeUndefined();
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'POST', body: '{"text":"hello"}' });
    expect(requests[0]?.headers['content-type']).toBe('application/json');
  });

  // The replies request a pause of 1.3 seconds, which is longer than the default pause of 1 second.
  it.each([
    ['Telegram', telegramLimit(1.3)],
    ['Discord', discordLimit(1.3)],
    ['the header of a proxy', { status: 429, headers: { 'retry-after': '1.3' }, body: 'limited' }],
  ] as const)('waits for the rate limit of %s, and sends the message again', async (_, limit) => {
    const { error, requests, elapsed } = await postTo(limit, { status: 200 });
    expect(error).toBeUndefined();
    expect(requests.map(({ body }) => body)).toEqual(['{"text":"hello"}', '{"text":"hello"}']);
    expect(elapsed).toBeGreaterThanOrEqual(1290);
  });

  it('fails after three rate-limit replies', async () => {
    const { error, requests } = await postTo(telegramLimit(0.01));
    expect(requests).toHaveLength(3);
    expect(error?.message).toBe(
      'Chat rejected the message with HTTP 429: Too Many Requests: retry after 0.01',
    );
  });

  it.each([16, 3600, 'soon'])(
    'fails at once if a rate-limit reply contains retry_after %s, so that Lambda retries later',
    async (pause) => {
      const { error, requests, elapsed } = await postTo(discordLimit(pause as number));
      expect(requests).toHaveLength(1);
      expect(error?.message).toBe('Chat rejected the message with HTTP 429: You are being rate limited.');
      expect(elapsed).toBeLessThan(5000);
    },
  );

  it.each([
    [401, { ok: false, description: 'Unauthorized' }, 'Unauthorized'],
    [400, { ok: false, description: 'Bad Request: chat not found' }, 'Bad Request: chat not found'],
    [404, { message: 'Unknown Webhook', code: 10015 }, 'Unknown Webhook'],
    [502, '<html>Bad Gateway</html>', 'no reason given'],
    [500, 'null', 'no reason given'],
    [403, { description: `/bot${SECRET}/sendMessage is forbidden` }, '/bot***/sendMessage is forbidden'],
    [400, { description: 'x'.repeat(5000) }, 'x'.repeat(200)],
  ])('fails after HTTP %i with the reason and without the secret', async (status, body, reason) => {
    const { error, requests } = await postTo({ status, body });
    expect(requests).toHaveLength(1);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error?.message).toBe(`Chat rejected the message with HTTP ${status}: ${reason}`);
  });

  it('fails with a clear error if the service does not answer in time', async () => {
    const { error } = await postTo({ delivery: 'hang' });
    expect(error?.message).toBe('Chat did not answer within 2000 ms.');
    expect(error?.cause).toBeUndefined();
  });

  it('fails with a clear error if the connection breaks', async () => {
    const { error } = await postTo({ delivery: 'lost' });
    expect(error?.message).toMatch(/^Chat could not be reached: (?:ECONNRESET|UND_ERR_SOCKET)\.$/);
    expect(error?.cause).toBeUndefined();
  });

  it('does not follow a redirect, because a redirect would send the message to a different host', async () => {
    const { error, requests } = await postTo({ status: 307, headers: { location: '/elsewhere' } });
    expect(requests).toHaveLength(1);
    expect(error?.message).toBe('Chat could not be reached: the connection failed.');
  });
});
