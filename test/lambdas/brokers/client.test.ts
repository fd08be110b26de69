import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../lambdas/brokers/broker-error.ts';
import { type BrokerClient, connectToBroker, createBrokerClient } from '../../../lambdas/brokers/client.ts';
import type { BrokerId } from '../../../lambdas/shared/credential.ts';
import { closedPortUrl, serve } from './loopback-servers.ts';
import { CONFIG, KIS_KEY, KIWOOM_KEY, readSample, reply, textOf } from './samples.ts';

const TOKEN = 'FAKE-token-0123456789-0123456789';
const KEY = { kis: KIS_KEY, kiwoom: KIWOOM_KEY };

async function connectTo(broker: BrokerId, body: string, status = 200) {
  const server = await serve((_request, response) => response.writeHead(status).end(body));
  const endpoints: string[] = [];
  const client = connectToBroker({ ...CONFIG, broker, market: 'paper' }, (...names) => {
    endpoints.push(names.join(' '));
    return server.url;
  });
  return { client, server, endpoints, key: KEY[broker] };
}

async function errorOf(promise: Promise<unknown>): Promise<BrokerError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof BrokerError) return error;
  throw new Error('no BrokerError was thrown', { cause: error });
}

describe('the client of a broker', () => {
  it('connects to the endpoint for the broker and the market of the credential', async () => {
    const { client, endpoints } = await connectTo('kiwoom', '{}');
    expect(endpoints).toEqual(['kiwoom paper']);
    expect(client.contract).toEqual({ minimumInterval: 2_000, marginShare: 1 / 4 });
    expect(client.secretFields).toEqual({ appkey: 'appkey', secret: 'secretkey' });
  });

  it('issues a token with a POST request to the token endpoint', async () => {
    const { client, server, key } = await connectTo('kiwoom', readSample('kiwoom/issue.json'));
    expect(await client.issue(key)).toMatchObject({ token: 'WQJCwyqInphKnR3bSRtB9NE1lv...' });
    expect(server.received).toMatchObject([{ method: 'POST', url: '/oauth2/token' }]);
  });

  it('revokes a token with a POST request to the revocation endpoint', async () => {
    const { client, server, key } = await connectTo('kis', readSample('kis/revoke.json'));
    await client.revoke(key, TOKEN);
    expect(server.received).toMatchObject([{ method: 'POST', url: '/oauth2/revokeP' }]);
    expect(server.received[0]?.body).toContain(TOKEN);
  });

  it('verifies a token with a GET request to a data endpoint', async () => {
    const { client, server, key } = await connectTo('kis', readSample('kis/data-EGW00123.json'), 500);
    expect(await client.verify(key, TOKEN)).toMatchObject({ verdict: 'dead', brokerCode: 'EGW00123' });
    expect(server.received).toMatchObject([{ method: 'GET', headers: { authorization: `Bearer ${TOKEN}` } }]);
  });

  it('sends one request per method call and does not retry if the broker fails', async () => {
    const { client, server, key } = await connectTo('kis', readSample('kis/refused-EGW00002.json'), 403);
    await errorOf(client.issue(key));
    await errorOf(client.revoke(key, TOKEN));
    await client.verify(key, TOKEN);
    expect(server.received).toHaveLength(3);
  });

  it.each<[status: number, body: string, result: object]>([
    [
      200,
      readSample('maintenance.html'),
      { verdict: 'unreachable', message: 'the broker answered HTTP 200 with a page' },
    ],
    [429, readSample('kiwoom/refused-1700.json'), { verdict: 'throttled', brokerCode: '429' }],
  ])('returns a verdict for HTTP %d with the body %j', async (status, body, result) => {
    const { client, key } = await connectTo('kiwoom', body, status);
    expect(await client.verify(key, TOKEN)).toMatchObject(result);
  });

  it('returns the verdict "unreachable" for a verify call if the endpoint refuses the connection', async () => {
    const url = await closedPortUrl();
    const result = await connectToBroker(CONFIG, () => url).verify(KIS_KEY, TOKEN);
    expect(result).toMatchObject({ verdict: 'unreachable', brokerCode: undefined });
    expect(result.message).toContain('ECONNREFUSED');
  });

  it('returns the verdict "unreachable" for a verify call if the transport throws any BrokerError', async () => {
    const client = createBrokerClient(CONFIG, async () => {
      throw new BrokerError('throttled', 'FAKE', { brokerCode: '429' });
    });
    const result = await client.verify(KIS_KEY, TOKEN);
    expect(result).toEqual({ verdict: 'unreachable', brokerCode: '429', message: 'FAKE' });
  });

  it('sends its requests with the transport function that the caller passes', async () => {
    const client = createBrokerClient(CONFIG, async () => reply({ rt_cd: '0' }));
    expect(await client.verify(KIS_KEY, TOKEN)).toEqual({ verdict: 'alive' });
  });

  it('throws a TypeError for a verify call if the URL of the endpoint is invalid', async () => {
    const client = connectToBroker(CONFIG, () => 'no URL');
    await expect(client.verify(KIS_KEY, TOKEN)).rejects.toThrow(TypeError);
  });

  it('ends a verify call after the timeout that the caller passes if the broker sends no reply', async () => {
    const server = await serve(() => undefined);
    const client = connectToBroker(CONFIG, () => server.url, { timeout: 50, maximumBody: 10 });
    expect((await client.verify(KIS_KEY, TOKEN)).message).toContain('within 0.05 s');
  });
});

/** The places in a reply where a broker could repeat secrets of the request. */
const ECHOES: [title: string, echo: (sent: string) => string, status: number][] = [
  ['in a description', (sent) => JSON.stringify({ error_code: 'EGW00103', error_description: sent }), 403],
  ['in msg1', (sent) => JSON.stringify({ rt_cd: '1', msg_cd: 'EGW00121', msg1: `token ${sent}` }), 500],
  ['as an error code', (sent) => JSON.stringify({ error_code: sent, msg_cd: sent, return_code: sent }), 403],
  ['as a success code', (sent) => JSON.stringify({ code: sent, rt_cd: sent, return_code: sent }), 200],
  ['in return_msg', (sent) => JSON.stringify({ return_code: 3, return_msg: `[8001:${sent}]` }), 200],
  ['before the code', (sent) => JSON.stringify({ return_code: 3, return_msg: `${sent}[8001:x]` }), 200],
  [
    'in every field of a token',
    (sent) =>
      JSON.stringify({
        access_token: `${sent} `,
        token: `${sent} `,
        access_token_token_expired: sent,
        expires_dt: sent,
        token_type: sent,
        expires_in: sent,
      }),
    200,
  ],
  ['as a field name', (sent) => JSON.stringify({ [sent]: sent }), 200],
  ['as a page', (sent) => `<html>${sent}</html>`, 200],
  ['as text', (sent) => sent, 200],
  ['in a truncated object', (sent) => `{"token":"${sent}`, 500],
  ['in a reply with HTTP 429', (sent) => sent, 429],
];

describe('an error or a verdict of the broker client', () => {
  const cases = (['kis', 'kiwoom'] as const).flatMap((broker) =>
    ECHOES.map(([title, echo, status]) => [broker, title, echo, status] as const),
  );

  it.each(cases)('contains no secret if %s repeats the secrets %s', async (broker, _title, echo, status) => {
    const { appkey, secret } = KEY[broker];
    const sent = [appkey, secret, TOKEN];
    const calls: ((client: BrokerClient) => Promise<string>)[] = [
      async (client) => textOf(await errorOf(client.issue(KEY[broker]))),
      // A revoke call may succeed, because some replies in ECHOES confirm a revocation.
      (client) => client.revoke(KEY[broker], TOKEN).then(() => '', textOf),
      async (client) => JSON.stringify(await client.verify(KEY[broker], TOKEN)),
    ];
    for (const [index, call] of calls.entries()) {
      for (const secrets of [[appkey], [secret], sent]) {
        const { client } = await connectTo(broker, echo(secrets.join(' ')), status);
        const text = await call(client);
        for (const each of sent) expect(text, `call ${index}`).not.toContain(each);
      }
    }
  });

  it.each(['kis', 'kiwoom'] as const)(
    'contains no short secret if a %s reply repeats the secret',
    async (broker) => {
      const key = { appkey: 'FAKEkey', secret: 'FAKEsecret' };
      const echo = JSON.stringify({
        error_code: 'EGW00103',
        error_description: 'FAKEkey FAKEsecret FAKEtoken',
        msg_cd: 'EGW00103',
        msg1: 'FAKEkey FAKEsecret FAKEtoken',
        return_code: 3,
        return_msg: '[8001:FAKEkey FAKEsecret FAKEtoken]',
      });
      const { client } = await connectTo(broker, echo, broker === 'kis' ? 403 : 200);
      const texts = [
        textOf(await errorOf(client.issue(key))),
        textOf(await errorOf(client.revoke(key, 'FAKEtoken'))),
        JSON.stringify(await client.verify(key, 'FAKEtoken')),
      ];
      for (const text of texts) {
        expect(text).toContain('*** ***');
        expect(text).not.toMatch(/FAKEkey|FAKEsecret/);
      }
      expect(texts.slice(1).join()).not.toContain('FAKEtoken');
    },
  );
});
