import { describe, expect, it } from 'vitest';
import { KisSimulator } from '../../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  type ClientCall,
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kisIssueCall,
  kisPriceCall,
  kiwoomIssueCall,
  kiwoomRevokeCall,
  kiwoomStockInfoCall,
  requestOf,
  START,
} from './broker-harness.ts';

function kis() {
  const broker = new KisSimulator({ clock: new ManualClock(START), market: 'paper', keys: [KIS_KEY] });
  const ask = (call: ClientCall) => broker.handle(requestOf(call));
  return { ask, token: String(json(ask(kisIssueCall()))['access_token']) };
}

function kiwoom(issue = kiwoomIssueCall()) {
  const broker = new KiwoomSimulator({ clock: new ManualClock(START), market: 'paper', keys: [KIWOOM_KEY] });
  const ask = (call: ClientCall) => broker.handle(requestOf(call));
  return { ask, token: String(json(ask(issue))['token']) };
}

describe('a request of a third-party client to a simulated broker', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])(
    'can have the authorization scheme "%s" for both brokers',
    (scheme) => {
      const { ask, token } = kis();
      expect(ask(kisPriceCall(token, { authorization: `${scheme} ${token}` })).status).toBe(200);
      const other = kiwoom();
      const reply = other.ask(
        kiwoomStockInfoCall(other.token, { authorization: `${scheme} ${other.token}` }),
      );
      expect(json(reply)).toMatchObject({ return_code: 0 });
    },
  );

  it('can have lower-case query parameter names at KIS, but no lower-case parameter values', () => {
    const { ask, token } = kis();
    const price = kisPriceCall(token);
    const lower = '?fid_cond_mrkt_div_code=J&fid_input_iscd=005930';
    const path = price.path.slice(0, price.path.indexOf('?'));
    expect(ask({ ...price, path: path + lower }).status).toBe(200);
    expect(ask({ ...price, path: path + lower.replace('=J', '=j') }).status).toBe(500);
  });

  it('can omit the api-id and the charset in token calls to Kiwoom', () => {
    const bare = { 'api-id': '', 'content-type': 'application/json' };
    const { ask, token } = kiwoom(kiwoomIssueCall({}, bare));
    expect(json(ask(kiwoomRevokeCall(token, bare)))).toMatchObject({ return_code: 0 });
  });

  it.each([
    ['J', '005930'],
    ['NX', '005930'],
    ['UN', '0001A0'],
    ['J', 'Q500001'],
    ['W', '57LA42'],
  ])('can ask KIS for a price in market %s of stock %s', (market, stock) => {
    const { ask, token } = kis();
    const price = kisPriceCall(token);
    const path = price.path.replace('CODE=J', `CODE=${market}`).replace('005930', stock);
    const { status, body } = ask({ ...price, path });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ output: { stck_shrn_iscd: stock, stck_prpr: '70000' } });
  });

  it.each([
    ['the market K', '=J', '=K'],
    ['a stock code of five digits', '005930', '00593'],
    ['a stock code in lower case', '005930', '0001a0'],
  ])('cannot ask KIS for %s', (_, from, to) => {
    const { ask, token } = kis();
    const price = kisPriceCall(token);
    const reply = ask({ ...price, path: price.path.replace(from, to) });
    expect([reply.status, json(reply)['msg_cd']]).toEqual([500, 'EGW00101']);
  });

  it('returns the fields that python-kis and pykis read from KIS', () => {
    const { ask, token } = kis();
    const { output } = json(ask(kisPriceCall(token))) as { readonly output: Record<string, string> };
    const fields =
      'acml_tr_pbmn hts_avls prdy_vrss_sign mrkt_warn_cls_code stck_mxpr stck_llam w52_hgpr_date';
    for (const field of fields.split(' ')) expect(output[field], field).toMatch(/./);
    expect(Number(output['stck_mxpr'])).toBeGreaterThan(Number(output['stck_prpr']));
  });

  it('returns the data of the requested Kiwoom stock with all fields of the API specification', () => {
    const { ask, token } = kiwoom();
    const reply = json(ask({ ...kiwoomStockInfoCall(token), body: '{"stk_cd":"005930_NX"}' }));
    expect(reply).toMatchObject({
      stk_cd: '005930_NX',
      cur_prc: '+70000',
      upl_pric: '+90300',
      return_code: 0,
    });
    expect(Object.keys(reply)).toHaveLength(47);
  });

  it('is rejected with HTTP 501 and an error that names the call if the broker does not simulate the call', () => {
    const { ask, token } = kis();
    const balance = ask({
      ...kisPriceCall(token),
      path: '/uapi/domestic-stock/v1/trading/inquire-balance?CANO=1',
    });
    expect(balance.status).toBe(501);
    expect(json(balance)['error']).toBe(
      'the simulated broker lacks GET /uapi/domestic-stock/v1/trading/inquire-balance; ' +
        'its only data call is GET /uapi/domestic-stock/v1/quotations/inquire-price',
    );
    const other = kiwoom();
    const account = errorOf(other.ask, {
      ...kiwoomStockInfoCall(other.token, { 'api-id': 'kt00018' }),
      path: '/api/dostk/acnt',
    });
    expect(account).toEqual([
      501,
      'the simulated broker lacks POST /api/dostk/acnt with api-id kt00018; ' +
        'its only data call is POST /api/dostk/stkinfo with api-id ka10001',
    ]);
    expect(errorOf(other.ask, kiwoomStockInfoCall(other.token, { 'api-id': 'ka10002' }))[0]).toBe(501);
  });
});

function errorOf(
  ask: (call: ClientCall) => { readonly status: number; readonly body: string },
  call: ClientCall,
) {
  const { status, body } = ask(call);
  return [status, (JSON.parse(body) as Record<string, unknown>)['error']];
}
