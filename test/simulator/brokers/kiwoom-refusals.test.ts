import { describe, expect, it } from 'vitest';
import { type KiwoomOptions, KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  type ClientCall,
  json,
  KIWOOM_KEY,
  kiwoomIssueCall,
  kiwoomStockInfoCall,
  requestOf,
  START,
} from './broker-harness.ts';

const TEXT = 'Token이 유효하지 않습니다';
const BRACKETS = { return_code: 3, return_msg: `인증에 실패했습니다[8005:${TEXT}]` };

function kiwoom(options: Partial<KiwoomOptions>) {
  const clock = new ManualClock(START);
  const broker = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY], options });
  return (call: ClientCall) => broker.handle(requestOf(call));
}

describe('the option refusalForm of Kiwoom', () => {
  it.each<[KiwoomOptions['refusalForm'], number, object]>([
    ['brackets', 200, BRACKETS],
    ['number', 200, { return_code: 8005, return_msg: TEXT }],
    ['text', 200, { return_code: '8005', return_msg: TEXT }],
    ['code', 200, { return_code: 3, return_msg: `인증에 실패했습니다 CODE=8005 ${TEXT}` }],
    ['http-401', 401, BRACKETS],
    ['http-401-bare', 401, { error: 'unauthorized' }],
  ])('with the value "%s" refuses a dead token with HTTP %i and %o', (refusalForm, status, body) => {
    const response = kiwoom({ refusalForm })(kiwoomStockInfoCall('FAKE'));
    expect([response.status, json(response)]).toEqual([status, body]);
  });

  it.each<[KiwoomOptions['refusalForm'], string]>([
    ['brackets', '[1700:'],
    ['number', '"return_code":1700'],
    ['text', '"return_code":"1700"'],
    ['code', ' CODE=1700 '],
    ['http-401', '[1700:'],
    ['http-401-bare', '[1700:'],
  ])('with the value "%s" throttles a call with HTTP 429 and %s', (refusalForm, text) => {
    const ask = kiwoom({ refusalForm });
    ask(kiwoomIssueCall());
    const response = ask(kiwoomIssueCall());
    expect(response.status).toBe(429);
    expect(response.body).toContain(text);
  });
});
