import { describe, expect, it } from 'vitest';
import { KisSimulator } from '../../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  type Call,
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kisIssue,
  kisPrice,
  kiwoomIssue,
  kiwoomRevoke,
  kiwoomStock,
  requestOf,
  START,
} from './broker-harness.ts';

function kis() {
  const broker = new KisSimulator({ clock: new ManualClock(START), market: 'paper', keys: [KIS_KEY] });
  const ask = (call: Call) => broker.handle(requestOf(call));
  return { ask, token: String(json(ask(kisIssue()))['access_token']) };
}

function kiwoom(issue = kiwoomIssue()) {
  const broker = new KiwoomSimulator({ clock: new ManualClock(START), market: 'paper', keys: [KIWOOM_KEY] });
  const ask = (call: Call) => broker.handle(requestOf(call));
  return { ask, token: String(json(ask(issue))['token']) };
}

describe('the requests of real clients', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])(
    'may have the authorization scheme %s at both brokers',
    (scheme) => {
      const { ask, token } = kis();
      expect(ask(kisPrice(token, { authorization: `${scheme} ${token}` })).status).toBe(200);
      const other = kiwoom();
      const reply = other.ask(kiwoomStock(other.token, { authorization: `${scheme} ${other.token}` }));
      expect(json(reply)).toMatchObject({ return_code: 0 });
    },
  );

  it('can use lower-case query parameter names with KIS, but not lower-case values', () => {
    const { ask, token } = kis();
    const price = kisPrice(token);
    const lower = '?fid_cond_mrkt_div_code=J&fid_input_iscd=005930';
    const path = price.path.slice(0, price.path.indexOf('?'));
    expect(ask({ ...price, path: path + lower }).status).toBe(200);
    expect(ask({ ...price, path: path + lower.replace('=J', '=j') }).status).toBe(500);
  });

  it('may have no api-id and no charset in token calls of Kiwoom', () => {
    const bare = { 'api-id': '', 'content-type': 'application/json' };
    const { ask, token } = kiwoom(kiwoomIssue({}, bare));
    expect(json(ask(kiwoomRevoke(token, bare)))).toMatchObject({ return_code: 0 });
  });
});
