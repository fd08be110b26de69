import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import {
  type ClientCall,
  HOUR,
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kis,
  kisIssueCall,
  kisPriceCall,
  kisRevokeCall,
  kiwoom,
  kiwoomIssueCall,
  kiwoomRevokeCall,
  kiwoomStockInfoCall,
  MINUTE,
  SECOND,
} from './broker-harness.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Returns the error code, which Kiwoom sends in brackets within the message. */
function kiwoomCode(body: Record<string, unknown>): string | undefined {
  return /\[(\d{4}):/.exec(String(body['return_msg']))?.[1];
}

function sample(file: string): Record<string, unknown> {
  const text = readFileSync(new URL(`../../fixtures/${file}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

describe('the simulated KIS', () => {
  it.each<[string, ClientCall, string]>([
    ['an unknown app key', kisIssueCall({ appkey: 'FAKE-UNKNOWN' }), 'EGW00103'],
    ['a wrong secret', kisIssueCall({ appsecret: 'FAKE-WRONG' }), 'EGW00105'],
    ['a secret with a trailing newline', kisIssueCall({ appsecret: `${KIS_KEY.secret}\n` }), 'EGW00105'],
    ['a missing app key', kisIssueCall({ appkey: undefined }), 'EGW00102'],
    ['a missing secret', kisIssueCall({ appsecret: undefined }), 'EGW00104'],
    ['a missing grant type', kisIssueCall({ grant_type: undefined }), 'EGW00115'],
    ['another grant type', kisIssueCall({ grant_type: 'password' }), 'EGW00116'],
    ['the field name of Kiwoom', kisIssueCall({ secretkey: 'FAKE' }), 'EGW00101'],
    ['a number instead of a string', kisIssueCall({ appkey: 1 }), 'EGW00101'],
    ['a body that is not JSON', { ...kisIssueCall(), body: 'grant_type=client_credentials' }, 'EGW00101'],
    ['a form instead of JSON', { ...kisIssueCall(), headers: FORM }, 'EGW00132'],
    ['the revocation of an unknown token', kisRevokeCall('FAKE'), 'EGW00121'],
    ['an unknown path', { ...kisIssueCall(), path: '/oauth2/token' }, 'EGW00101'],
  ])('rejects %s', (_, call, code) => {
    const response = kis().ask(call);
    expect(response.status).toBe(403);
    expect(Object.keys(json(response))).toEqual(['error_description', 'error_code']);
    expect(json(response)['error_code']).toBe(code);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['without a token', { authorization: '' }, 'EGW00121'],
    ['without an authorization scheme', { authorization: 'FAKE' }, 'EGW00121'],
    ['without the app key', { appkey: '' }, 'EGW00102'],
    ['with a wrong secret', { appsecret: 'FAKE' }, 'EGW00105'],
    ['without tr_id', { tr_id: '' }, 'EGW00101'],
  ])('rejects a data call %s', (_, headers, code) => {
    const { ask, issue } = kis();
    const response = ask(kisPriceCall(issue().token, headers));
    expect(response.status).toBe(500);
    expect(Object.keys(json(response))).toEqual(['rt_cd', 'msg_cd', 'msg1']);
    expect(json(response)).toMatchObject({ rt_cd: '1', msg_cd: code });
  });

  it.each<[string, number, number, string]>([
    ['accepts a token until its last millisecond', 24 * HOUR - 1, 200, 'MCA00000'],
    ['rejects a token at the stated second of its expiry', 24 * HOUR, 500, 'EGW00123'],
  ])('%s', (_, later, status, code) => {
    const { clock, broker, ask, issue } = kis();
    const { token } = issue();
    const issuedAt = clock.now();
    clock.advance(later);
    const response = ask(kisPriceCall(token));
    expect([response.status, json(response)['msg_cd']]).toEqual([status, code]);
    expect(broker.isAlive(token)).toBe(status === 200);
    expect([broker.isAlive(token, issuedAt), broker.isAlive(token, issuedAt - 1)]).toEqual([true, false]);
  });

  it('issues and expires tokens according to its own clock', () => {
    const { clock, broker, issue } = kis({ clockAhead: -MINUTE });
    const { reply, token } = issue();
    expect(reply['access_token_token_expired']).toBe('2026-11-22 08:59:00');
    // The clock of KIS is one minute late, so the token expires one minute after the stated expiry.
    clock.advance(24 * HOUR - MINUTE);
    expect(broker.isAlive(token)).toBe(true);
    clock.advance(MINUTE);
    expect(broker.isAlive(token)).toBe(false);
  });

  it('rejects the previous app secret after a change of the app secret', () => {
    const { broker, ask } = kis();
    broker.setKeys([{ ...KIS_KEY, secret: 'FAKE-NEW' }]);
    expect(json(ask(kisIssueCall()))['error_code']).toBe('EGW00105');
    expect(ask(kisIssueCall({ appsecret: 'FAKE-NEW' })).status).toBe(200);
  });

  it.each(['EGW00002', 'EGW00103', 'EGW00105', 'EGW00133'])(
    'rejects a token call with %s as in the documented sample',
    (refuseIssue) => {
      const response = kis({ refuseIssue }).ask(kisIssueCall());
      expect([response.status, json(response)]).toEqual([403, sample(`kis/refused-${refuseIssue}`)]);
    },
  );

  it.each(['EGW00121', 'EGW00123', 'EGW00201'])(
    'rejects a data call with %s as in the documented sample',
    (refuseData) => {
      const { ask, issue } = kis({ refuseData });
      const response = ask(kisPriceCall(issue().token));
      expect([response.status, json(response)]).toEqual([500, sample(`kis/data-${refuseData}`)]);
    },
  );
});

describe('the simulated Kiwoom', () => {
  it.each<[string, ClientCall, number, string]>([
    ['an unknown app key', kiwoomIssueCall({ appkey: 'FAKE-UNKNOWN' }), 3, '8001'],
    ['a secret with a trailing newline', kiwoomIssueCall({ secretkey: `${KIWOOM_KEY.secret}\n` }), 3, '8001'],
    ['a missing secret', kiwoomIssueCall({ secretkey: undefined }), 3, '8020'],
    ['a missing grant type', kiwoomIssueCall({ grant_type: undefined }), 3, '8011'],
    ['another grant type', kiwoomIssueCall({ grant_type: 'password' }), 3, '8012'],
    ['the field name of KIS', kiwoomIssueCall({ appsecret: 'FAKE' }), 2, '1517'],
    ['a body that is not JSON', { ...kiwoomIssueCall(), body: '{' }, 2, '1517'],
    ['a form instead of JSON', kiwoomIssueCall({}, FORM), 2, '1512'],
    ['no charset', kiwoomStockInfoCall('FAKE', { 'content-type': 'application/json' }), 2, '1512'],
    ['a data call without an api-id', kiwoomStockInfoCall('FAKE', { 'api-id': '' }), 2, '1501'],
    ['the api-id of another call', kiwoomIssueCall({}, { 'api-id': 'au10002' }), 2, '1504'],
    ['an unknown path', { ...kiwoomIssueCall(), path: '/oauth2/tokenP' }, 2, '1504'],
    ['a revocation without a token', kiwoomRevokeCall(''), 3, '8016'],
    ['the revocation of an unknown token', kiwoomRevokeCall('FAKE'), 3, '8016'],
    ['a data call with an unknown token', kiwoomStockInfoCall('FAKE'), 3, '8005'],
  ])('rejects %s with HTTP 200', (_, call, returnCode, inner) => {
    const response = kiwoom().ask(call);
    const body = json(response);
    expect([response.status, body['return_code'], kiwoomCode(body)]).toEqual([200, returnCode, inner]);
  });

  it.each(['8001', '8030', '8050'])(
    'rejects an issue call with %s as in the documented sample',
    (refuseIssue) => {
      const response = kiwoom({ refuseIssue }).ask(kiwoomIssueCall());
      expect([response.status, json(response)]).toEqual([200, sample(`kiwoom/refused-${refuseIssue}`)]);
    },
  );

  it('rejects an issue call with the newer text of the code 8050 if the option "text8050" is "address"', () => {
    const [text, newer] = [
      kiwoom({ refuseIssue: '8050', text8050: 'address' }).issue().reply,
      sample('kiwoom/refused-8050-newer'),
    ].map((reply) => String(reply['return_msg']).split('.')[0]);
    expect(text).toBe(newer);
  });

  it.each(['8015', '8016'] as const)('rejects the revocation of a dead token with %s', (deadRevoke) => {
    const { clock, issue, revoke } = kiwoom({ deadRevoke });
    const { token } = issue();
    expect(revoke(token)).toBe('revoked');
    clock.advance(SECOND);
    expect(revoke(token)).toBe(deadRevoke);
  });

  it('rejects the revocation of a token of a different app key', () => {
    const { broker, ask, issue } = kiwoom();
    const { token } = issue();
    const other = { appkey: 'FAKE-other', secret: 'FAKE' };
    broker.setKeys([KIWOOM_KEY, other]);
    const body = JSON.stringify({ appkey: other.appkey, secretkey: other.secret, token });
    expect(kiwoomCode(json(ask({ ...kiwoomRevokeCall(token), body })))).toBe('8015');
    expect(broker.isAlive(token)).toBe(true);
  });

  it.each([
    ['rejects with 8010', true, '8010'],
    ['accepts', false, undefined],
  ])('%s a call from a different IP address (checkAddress: %s)', (_, checkAddress, inner) => {
    const { ask, issue } = kiwoom({ checkAddress });
    const { token } = issue();
    expect(kiwoomCode(json(ask(kiwoomStockInfoCall(token), '127.0.0.2')))).toBe(inner);
    expect(kiwoomCode(json(ask(kiwoomStockInfoCall(token))))).toBeUndefined();
  });

  const TEXT = 'Token이 유효하지 않습니다';
  const BRACKETS = { return_code: 3, return_msg: `인증에 실패했습니다[8005:${TEXT}]` };
  it.each<[KiwoomOptions['refusalForm'], number, object, string]>([
    ['brackets', 200, BRACKETS, '[1700:'],
    ['number', 200, { return_code: 8005, return_msg: TEXT }, '"return_code":1700'],
    ['text', 200, { return_code: '8005', return_msg: TEXT }, '"return_code":"1700"'],
    ['code', 200, { return_code: 3, return_msg: `인증에 실패했습니다 CODE=8005 ${TEXT}` }, ' CODE=1700 '],
    ['http-401', 401, BRACKETS, '[1700:'],
    ['http-401-bare', 401, { error: 'unauthorized' }, '[1700:'],
  ])(
    'with refusalForm "%s" rejects a dead token with HTTP %i and %o, and a throttled call with %s',
    (refusalForm, status, body, throttled) => {
      const { ask } = kiwoom({ refusalForm });
      const response = ask(kiwoomStockInfoCall('FAKE'));
      expect([response.status, json(response)]).toEqual([status, body]);
      ask(kiwoomIssueCall());
      const throttledResponse = ask(kiwoomIssueCall());
      expect(throttledResponse.status).toBe(429);
      expect(throttledResponse.body).toContain(throttled);
    },
  );
});
