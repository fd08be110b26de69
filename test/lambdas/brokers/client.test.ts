import { describe, expect, it } from 'vitest';
import type { BrokerRequest } from '../../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../../lambdas/brokers/broker-error.ts';
import { connectToBroker, createBrokerClient } from '../../../lambdas/brokers/client.ts';
import type { BrokerId } from '../../../lambdas/shared/credential.ts';
import { closedPortUrl, serve } from './loopback-servers.ts';
import { KIS_KEY, KIWOOM_KEY, readSample, reply } from './samples.ts';

const TOKEN = 'FAKE-token-0123456789-0123456789';
const KEY = { kis: KIS_KEY, kiwoom: KIWOOM_KEY };
const CONFIG = { broker: 'kis', market: 'paper' } as const;

/** Creates a client whose broker sends the same reply to every request. */
function clientWithReply(broker: BrokerId, body: string | object, status = 200) {
  const requests: BrokerRequest[] = [];
  const client = createBrokerClient({ ...CONFIG, broker }, async (request) => {
    requests.push(request);
    return reply(body, status);
  });
  return { client, requests };
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
    const server = await serve((_request, response) => response.end(readSample('kiwoom/issue.json')));
    const client = connectToBroker({ broker: 'kiwoom', market: 'paper' }, (broker, market) => {
      expect([broker, market]).toEqual(['kiwoom', 'paper']);
      return server.url;
    });
    expect(client.contract).toEqual({ minimumInterval: 2_000, marginShare: 1 / 4 });
    expect(client.secretFields).toEqual({ appkey: 'appkey', secret: 'secretkey' });
    expect(await client.issue(KIWOOM_KEY)).toMatchObject({ token: 'WQJCwyqInphKnR3bSRtB9NE1lv...' });
    expect(server.received).toMatchObject([{ method: 'POST', url: '/oauth2/token' }]);
  });

  it('sends one request per method call and does not retry if the broker fails', async () => {
    const { client, requests } = clientWithReply('kis', readSample('kis/refused-EGW00002.json'), 403);
    await errorOf(client.issue(KIS_KEY));
    await errorOf(client.revoke(KIS_KEY, TOKEN));
    expect(await client.verify(KIS_KEY, TOKEN)).toMatchObject({ verdict: 'unreachable' });
    const [issue, revoke, verify, ...more] = requests;
    expect([issue?.path, revoke?.path, verify?.method, more]).toEqual([
      '/oauth2/tokenP',
      '/oauth2/revokeP',
      'GET',
      [],
    ]);
    expect(revoke?.body).toContain(TOKEN);
    expect(verify?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` });
  });

  it('revokes a token without an error if the broker confirms the revocation', async () => {
    const { client } = clientWithReply('kis', readSample('kis/revoke.json'));
    expect(await client.revoke(KIS_KEY, TOKEN)).toBeUndefined();
  });

  it.each<[status: number, body: string | object, result: object]>([
    [200, { rt_cd: '0' }, { verdict: 'alive' }],
    [500, readSample('kis/data-EGW00123.json'), { verdict: 'dead', brokerCode: 'EGW00123' }],
    [429, readSample('kiwoom/refused-1700.json'), { verdict: 'throttled', brokerCode: '429' }],
    [200, readSample('maintenance.html'), { message: 'the broker answered HTTP 200 with a page' }],
  ])('returns a verdict for HTTP %d with the body %j', async (status, body, result) => {
    const { client } = clientWithReply('kis', body, status);
    expect(await client.verify(KIS_KEY, TOKEN)).toMatchObject(result);
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

  it('throws a TypeError for a verify call if the URL of the endpoint is invalid', async () => {
    const client = connectToBroker(CONFIG, () => 'no URL');
    await expect(client.verify(KIS_KEY, TOKEN)).rejects.toThrow('Invalid URL');
  });

  it('ends a call after the timeout that the caller passes if the broker sends no reply', async () => {
    const server = await serve(() => undefined);
    const client = connectToBroker(CONFIG, () => server.url, { timeout: 50, maximumBody: 10 });
    expect((await client.verify(KIS_KEY, TOKEN)).message).toContain('within 0.05 s');
  });
});

/** The texts in the results of the three calls of a client that could appear in a log. */
async function textsOf(broker: BrokerId, body: string, status: number, key = KEY[broker], token = TOKEN) {
  const { client } = clientWithReply(broker, body, status);
  const calls = [client.issue(key), client.revoke(key, token), client.verify(key, token)];
  const texts = calls.map((call: Promise<unknown>) =>
    call.then(
      (result) => JSON.stringify(result) ?? '',
      ({ message, brokerCode, stack }: BrokerError) => [message, brokerCode, stack].join('\n'),
    ),
  );
  return Promise.all(texts);
}

/** The places in a reply where a broker could repeat secrets of the request. */
const ECHOES: [title: string, echo: (sent: string) => string, status: number][] = [
  ['in a description', (sent) => JSON.stringify({ error_code: 'EGW00103', error_description: sent }), 403],
  ['in msg1', (sent) => JSON.stringify({ rt_cd: '1', msg_cd: 'EGW00121', msg1: `token ${sent}` }), 500],
  ['as an error code', (sent) => JSON.stringify({ error_code: sent, msg_cd: sent, return_code: sent }), 403],
  ['as a success code', (sent) => JSON.stringify({ code: sent, rt_cd: sent, return_code: sent }), 200],
  ['in return_msg', (sent) => JSON.stringify({ return_code: 3, return_msg: `[8001:${sent}]` }), 200],
  ['before the code', (sent) => JSON.stringify({ return_code: 3, return_msg: `${sent}[8001:x]` }), 200],
  ['as a token', (sent) => JSON.stringify({ access_token: `${sent} `, token: `${sent} ` }), 200],
  ['as an expiry', (sent) => JSON.stringify({ access_token_token_expired: sent, expires_dt: sent }), 200],
  ['as a token type', (sent) => JSON.stringify({ token_type: sent, expires_in: sent }), 200],
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
    for (const secrets of [[appkey], [secret], sent]) {
      for (const text of await textsOf(broker, echo(secrets.join(' ')), status))
        for (const each of sent) expect(text).not.toContain(each);
    }
  });

  it.each([
    ['kis', 403],
    ['kiwoom', 200],
  ] as const)(
    'contains no short secret if a %s reply with HTTP %d repeats the secret',
    async (broker, status) => {
      const key = { appkey: 'FAKEkey', secret: 'FAKEsecret' };
      const sent = 'FAKEkey FAKEsecret FAKEtoken';
      const kis = { error_code: 'EGW00103', error_description: sent, msg_cd: 'EGW00103', msg1: sent };
      const echo = JSON.stringify({ ...kis, return_code: 3, return_msg: `[8001:${sent}]` });
      const texts = await textsOf(broker, echo, status, key, 'FAKEtoken');
      for (const text of texts) {
        expect(text).toContain('*** ***');
        expect(text).not.toMatch(/FAKEkey|FAKEsecret/);
      }
      expect(texts.slice(1).join()).not.toContain('FAKEtoken');
    },
  );
});
