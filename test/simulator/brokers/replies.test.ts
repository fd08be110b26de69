import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kis as kisBroker } from '../../../lambdas/brokers/kis.ts';
import { kiwoom as kiwoomBroker } from '../../../lambdas/brokers/kiwoom.ts';
import { FAKE_KEYS } from '../../../simulator/brokers/keys.ts';
import {
  HOUR,
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kis,
  kisIssueCall,
  kisPriceCall,
  kiwoom,
  kiwoomIssueCall,
  kiwoomRevokeCall,
  kiwoomStockInfoCall,
  listenDuringTest,
  MINUTE,
  START,
  send,
} from './broker-harness.ts';

it.each([
  ['kis', 36, 180],
  ['kiwoom', 43, 43],
] as const)(
  'the default key of the simulated %s has %i and %i characters, like real keys',
  (broker, ...lengths) => {
    const { appkey, secret } = FAKE_KEYS[broker];
    expect([appkey.length, secret.length]).toEqual(lengths);
    for (const text of [appkey, secret]) expect(text).toContain('FAKE');
  },
);

/** Returns the fields in their order, each with the type of its value. */
function shapeOf(reply: object): unknown {
  return Object.entries(reply).map(([field, value]) => [
    field,
    typeof value === 'string'
      ? value.replace(/\d/g, '9').replace(/^(\S{12})\S{8,}$/, 'a long text')
      : typeof value,
  ]);
}

describe.each([
  ['kis', () => kis()],
  ['kiwoom', () => kiwoom()],
] as const)('the simulated %s over HTTP', (name, start) => {
  it('issues and revokes a token with the replies of the documented samples, and records each call', async () => {
    const { broker, calls } = start();
    const url = await listenDuringTest(broker.listen());
    const shapes: unknown[] = [];
    const ask = async (call: ReturnType<typeof kisIssueCall>) => {
      const response = await send(url, call);
      expect([response.status, response.headers.get('date')]).toEqual([200, null]);
      expect(response.headers.get('api-id')).toBe(call.headers['api-id'] ?? null);
      shapes.push(shapeOf((await response.json()) as object));
    };
    await ask(calls.issue());
    const { token = '' } = broker.calls.at(-1) ?? {};
    expect(token).toContain('FAKE');
    await ask(calls.revoke(token));
    await send(url, calls.data(token));
    const samples = ['issue', 'revoke'].map((file) =>
      readFileSync(new URL(`../../fixtures/${name}/${file}.json`, import.meta.url), 'utf8'),
    );
    expect(shapes).toEqual(samples.map((text) => shapeOf(JSON.parse(text) as object)));
    expect(broker.calls.map(({ at, kind, outcome }) => [at, kind, outcome])).toEqual([
      [START, 'issue', 'issued'],
      [START, 'revoke', 'revoked'],
      [START, 'data', name === 'kis' ? 'EGW00121' : '8005'],
    ]);
  });

  it('has no tokens and no recorded calls after a restart, and issues a new token', async () => {
    const { broker, issue } = start();
    const { token } = issue();
    await listenDuringTest(broker.listen());
    expect([broker.calls, broker.tokens]).toEqual([[], []]);
    expect(issue().token).not.toBe(token);
  });
});

it('the simulated Kiwoom throttles the second of two simultaneous calls with HTTP 429', async () => {
  const url = await listenDuringTest(kiwoom().broker.listen());
  const replies = await Promise.all([send(url, kiwoomIssueCall()), send(url, kiwoomIssueCall())]);
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 429]);
});

describe('a token of the simulated KIS', () => {
  it('is a fake HS512 JWT of at most 350 characters with the app key in the field "jti"', () => {
    const { token } = kis().issue();
    const [head = '', payload = '', signature = ''] = token.split('.');
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    expect(decode(head)).toEqual({ typ: 'JWT', alg: 'HS512' });
    expect(Object.keys(decode(payload))).toEqual(['sub', 'aud', 'iss', 'exp', 'iat', 'jti']);
    const iat = START / 1000;
    const { appkey: jti } = KIS_KEY;
    expect(decode(payload)).toMatchObject({ sub: 'token', iss: 'unogw', exp: iat + 86_400, iat, jti });
    expect(signature).toMatch(/^FAKE/);
    expect(signature).toHaveLength(86);
    expect(token.length).toBeLessThanOrEqual(350);
  });

  it('is parsed by the refresher without an error if the expiry is in the past', () => {
    const { status, body } = kis({ statedExpiry: 'past' }).ask(kisIssueCall());
    expect(JSON.parse(body)).toMatchObject({ access_token_token_expired: '2026-11-21 08:40:00' });
    const { expiresAt } = kisBroker.readIssueReply({ status, body }, KIS_KEY);
    expect(expiresAt).toBe(START - 20 * MINUTE);
  });

  it('is rejected by the refresher if the token belongs to a different app key', () => {
    const { status, body } = kis({ jti: 'other' }).ask(kisIssueCall());
    expect(() => kisBroker.readIssueReply({ status, body }, KIS_KEY)).toThrow(/app key/);
  });
});

describe('an issue reply of the simulated Kiwoom', () => {
  const styles = (['bearer', 'Bearer'] as const).flatMap((tokenType) =>
    (['guide', 'reversed'] as const).flatMap((keyOrder) =>
      (['digits', 'text'] as const).map((expiryFormat) => ({ tokenType, keyOrder, expiryFormat })),
    ),
  );
  it.each(styles)('can be parsed by the refresher if the format of the reply is %o', (style) => {
    const { status, body } = kiwoom(style).ask(kiwoomIssueCall());
    expect(Object.keys(JSON.parse(body))[0]).toBe(style.keyOrder === 'guide' ? 'expires_dt' : 'return_msg');
    const token = kiwoomBroker.readIssueReply({ status, body }, KIWOOM_KEY);
    expect(token).toMatchObject({ tokenType: 'Bearer', expiresAt: START + 24 * HOUR });
  });
});

describe('a request of a third-party client to a simulated broker', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('can have the authorization scheme "%s"', (scheme) => {
    for (const { broker, ask, issue, calls } of [kis(), kiwoom()]) {
      const { token } = issue();
      const { headers, ...call } = calls.data(token);
      ask({ ...call, headers: { ...headers, authorization: `${scheme} ${token}` } });
      expect(broker.calls.at(-1)?.outcome).toBe('ok');
    }
  });

  it('can omit the header "api-id" and the charset in token calls to Kiwoom', () => {
    const bare = { 'api-id': '', 'content-type': 'application/json' };
    const { ask } = kiwoom();
    const { token } = json(ask(kiwoomIssueCall({}, bare)));
    expect(json(ask(kiwoomRevokeCall(String(token), bare)))).toMatchObject({ return_code: 0 });
  });

  it.each([
    ['?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930', '005930'],
    ['?fid_cond_mrkt_div_code=NX&fid_input_iscd=005930', '005930'],
    ['?FID_COND_MRKT_DIV_CODE=UN&FID_INPUT_ISCD=0001A0', '0001A0'],
    ['?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=Q500001', 'Q500001'],
    ['?FID_COND_MRKT_DIV_CODE=W&FID_INPUT_ISCD=57LA42', '57LA42'],
  ])('can ask KIS for a price with the query "%s"', (query, stock) => {
    const { ask, issue } = kis();
    const call = kisPriceCall(issue().token);
    const { status, body } = ask({ ...call, path: call.path.replace(/\?.*/, query) });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ output: { stck_shrn_iscd: stock, stck_prpr: '70000' } });
  });

  it.each([
    ['the market K', '=J', '=K'],
    ['a market in lower case', '=J', '=j'],
    ['a stock code of five digits', '005930', '00593'],
    ['a stock code in lower case', '005930', '0001a0'],
  ])('cannot ask KIS for %s', (_, from, to) => {
    const { ask, issue } = kis();
    const call = kisPriceCall(issue().token);
    const reply = ask({ ...call, path: call.path.replace(from, to) });
    expect([reply.status, json(reply)['msg_cd']]).toEqual([500, 'EGW00101']);
  });

  it('returns the fields that python-kis and pykis read from KIS', () => {
    const { ask, issue } = kis();
    const { output } = json(ask(kisPriceCall(issue().token))) as { output: Record<string, string> };
    const fields =
      'acml_tr_pbmn hts_avls prdy_vrss_sign mrkt_warn_cls_code stck_mxpr stck_llam w52_hgpr_date';
    for (const field of fields.split(' ')) expect(output[field], field).toMatch(/./);
    expect(Number(output['stck_mxpr'])).toBeGreaterThan(Number(output['stck_prpr']));
  });

  it('returns the data of the requested Kiwoom stock with all fields of the API specification', () => {
    const { ask, issue } = kiwoom();
    const reply = json(ask({ ...kiwoomStockInfoCall(issue().token), body: '{"stk_cd":"005930_NX"}' }));
    const prices = { stk_cd: '005930_NX', cur_prc: '+70000', upl_pric: '+90300' };
    expect(reply).toMatchObject({ ...prices, return_code: 0 });
    expect(Object.keys(reply)).toHaveLength(47);
  });

  it('is rejected with HTTP 501 and an error that names the call if the broker does not simulate the call', () => {
    const balance = { ...kisPriceCall(''), path: '/uapi/domestic-stock/v1/trading/inquire-balance?CANO=1' };
    const account = { ...kiwoomStockInfoCall('', { 'api-id': 'kt00018' }), path: '/api/dostk/acnt' };
    const replies = [
      kis().ask(balance),
      kiwoom().ask(account),
      kiwoom().ask(kiwoomStockInfoCall('', { 'api-id': 'ka10002' })),
    ];
    expect(replies.map(({ status }) => status)).toEqual([501, 501, 501]);
    expect(replies.slice(0, 2).map((reply) => json(reply)['error'])).toEqual([
      'the simulated broker lacks GET /uapi/domestic-stock/v1/trading/inquire-balance; ' +
        'its only data call is GET /uapi/domestic-stock/v1/quotations/inquire-price',
      'the simulated broker lacks POST /api/dostk/acnt with api-id kt00018; ' +
        'its only data call is POST /api/dostk/stkinfo with api-id ka10001',
    ]);
  });
});
