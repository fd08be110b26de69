import { describe, expect, it } from 'vitest';
import { type BrokerClient, connect } from '../../../lambdas/brokers/client.ts';
import { BrokerError } from '../../../lambdas/brokers/errors.ts';
import type { BrokerId } from '../../../lambdas/shared/credential.ts';
import { CONFIG, KIS_KEY, KIWOOM_KEY, sample, visible } from './samples.ts';
import { nobody, serve } from './servers.ts';

const TOKEN = 'FAKE-token-of-nobody-0123456789';
const KEY = { kis: KIS_KEY, kiwoom: KIWOOM_KEY };

async function connected(broker: BrokerId, body: string, status = 200) {
  const server = await serve((_request, response) => response.writeHead(status).end(body));
  const asked: string[] = [];
  const client = connect({ ...CONFIG, broker, market: 'paper' }, (...where) => {
    asked.push(where.join(' '));
    return server.url;
  });
  return { client, server, asked, key: KEY[broker] };
}

async function errorOf(promise: Promise<unknown>): Promise<BrokerError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof BrokerError) return error;
  throw new Error('no broker error', { cause: error });
}

describe('The refresher talks to a broker', () => {
  it('of the credential, on its market, with its contract', async () => {
    const { client, asked } = await connected('kiwoom', '{}');
    expect(asked).toEqual(['kiwoom paper']);
    expect(client.contract).toEqual({ minimumInterval: 10_000 });
    expect(client.secretFields).toEqual({ appkey: 'appkey', secret: 'secretkey' });
  });

  it('issues a token', async () => {
    const { client, server, key } = await connected('kiwoom', sample('kiwoom/issue.json'));
    expect(await client.issue(key)).toMatchObject({ token: 'WQJCwyqInphKnR3bSRtB9NE1lv...' });
    expect(server.seen).toMatchObject([{ method: 'POST', url: '/oauth2/token' }]);
  });

  it('revokes a token', async () => {
    const { client, server, key } = await connected('kis', sample('kis/revoke.json'));
    await client.revoke(key, TOKEN);
    expect(server.seen).toMatchObject([{ method: 'POST', url: '/oauth2/revokeP' }]);
    expect(server.seen[0]?.body).toContain(TOKEN);
  });

  it('tries a token', async () => {
    const { client, server, key } = await connected('kis', sample('kis/data-EGW00123.json'), 500);
    expect(await client.verify(key, TOKEN)).toMatchObject({ is: 'dead', brokerCode: 'EGW00123' });
    expect(server.seen).toMatchObject([{ method: 'GET', headers: { authorization: `Bearer ${TOKEN}` } }]);
  });

  it('asks once, whatever comes back', async () => {
    const { client, server, key } = await connected('kis', sample('kis/refused-EGW00002.json'), 403);
    await errorOf(client.issue(key));
    await errorOf(client.revoke(key, TOKEN));
    await client.verify(key, TOKEN);
    expect(server.seen).toHaveLength(3);
  });
});

describe('A broker that cannot be asked says nothing of a token', () => {
  it.each<[sentence: string, body: string, status: number, verdict: object]>([
    [
      'a page',
      sample('maintenance.html'),
      200,
      { is: 'unknown', message: 'the broker answered HTTP 200 with a page' },
    ],
    ['HTTP 429', sample('kiwoom/refused-1700.json'), 429, { is: 'unknown', brokerCode: '429' }],
  ])('%s', async (_sentence, body, status, verdict) => {
    const { client, key } = await connected('kiwoom', body, status);
    expect(await client.verify(key, TOKEN)).toMatchObject(verdict);
  });

  it('nobody listening', async () => {
    const url = await nobody();
    const verdict = await connect(CONFIG, () => url).verify(KIS_KEY, TOKEN);
    expect(verdict).toMatchObject({ is: 'unknown', brokerCode: undefined });
    expect(verdict.message).toContain('ECONNREFUSED');
  });

  it('but a defect of our own is no answer of the broker', async () => {
    const client = connect(CONFIG, () => 'no address');
    await expect(client.verify(KIS_KEY, TOKEN)).rejects.toThrow(TypeError);
  });

  it('it is given as long as it is allowed', async () => {
    const server = await serve(() => undefined);
    const client = connect(CONFIG, () => server.url, { timeout: 50, maximumBody: 10 });
    expect((await client.verify(KIS_KEY, TOKEN)).message).toContain('within 0.05 s');
  });
});

/** Where a broker might repeat what it was sent. */
const ECHOES: [sentence: string, echo: (sent: string) => string, status: number][] = [
  ['in a description', (sent) => JSON.stringify({ error_code: 'EGW00103', error_description: sent }), 403],
  ['in msg1', (sent) => JSON.stringify({ rt_cd: '1', msg_cd: 'EGW00121', msg1: `token ${sent}` }), 500],
  ['for a code', (sent) => JSON.stringify({ error_code: sent, msg_cd: sent, return_code: sent }), 403],
  ['for a success code', (sent) => JSON.stringify({ code: sent, rt_cd: sent, return_code: sent }), 200],
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
  ['in a field of its own', (sent) => JSON.stringify({ [sent]: sent }), 200],
  ['as a page', (sent) => `<html>${sent}</html>`, 200],
  ['as text', (sent) => sent, 200],
  ['as half an object', (sent) => `{"token":"${sent}`, 500],
  ['in a throttled page', (sent) => sent, 429],
];

describe('Nothing that was sent can be read in what went wrong', () => {
  const cases = (['kis', 'kiwoom'] as const).flatMap((broker) =>
    ECHOES.map(([sentence, echo, status]) => [broker, sentence, echo, status] as const),
  );

  it.each(cases)('%s, repeated %s', async (broker, _sentence, echo, status) => {
    const { appkey, secret } = KEY[broker];
    const sent = [appkey, secret, TOKEN];
    const calls: ((client: BrokerClient) => Promise<string>)[] = [
      async (client) => visible(await errorOf(client.issue(KEY[broker]))),
      // A revocation may be taken for done by what is repeated: then nothing is told.
      (client) => client.revoke(KEY[broker], TOKEN).then(() => '', visible),
      async (client) => JSON.stringify(await client.verify(KEY[broker], TOKEN)),
    ];
    for (const [index, told] of calls.entries()) {
      for (const secrets of [[appkey], [secret], sent]) {
        const { client } = await connected(broker, echo(secrets.join(' ')), status);
        const text = await told(client);
        for (const each of sent) expect(text, `call ${index}`).not.toContain(each);
      }
    }
  });

  it.each(['kis', 'kiwoom'] as const)('%s, also when it is too short to look like a key', async (broker) => {
    const key = { appkey: 'FAKEkey', secret: 'FAKEsecret' };
    const echo = JSON.stringify({
      error_code: 'EGW00103',
      error_description: 'FAKEkey FAKEsecret FAKEtoken',
      msg_cd: 'EGW00103',
      msg1: 'FAKEkey FAKEsecret FAKEtoken',
      return_code: 3,
      return_msg: '[8001:FAKEkey FAKEsecret FAKEtoken]',
    });
    const { client } = await connected(broker, echo, broker === 'kis' ? 403 : 200);
    const told = [
      visible(await errorOf(client.issue(key))),
      visible(await errorOf(client.revoke(key, 'FAKEtoken'))),
      JSON.stringify(await client.verify(key, 'FAKEtoken')),
    ];
    for (const text of told) {
      expect(text).toContain('*** ***');
      expect(text).not.toMatch(/FAKEkey|FAKEsecret/);
    }
    expect(told.slice(1).join()).not.toContain('FAKEtoken');
  });
});
