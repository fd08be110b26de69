import { describe, expect, it } from 'vitest';
import {
  type ClientCall,
  HOUR,
  json,
  KIS_KEY,
  kis,
  kisIssueCall,
  kisPriceCall,
  kisRevokeCall,
  MINUTE,
} from './broker-harness.ts';

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
    [
      'a form instead of JSON',
      { ...kisIssueCall(), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'EGW00132',
    ],
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
    const response = ask(kisPriceCall(issue(), headers));
    expect(response.status).toBe(500);
    expect(Object.keys(json(response))).toEqual(['rt_cd', 'msg_cd', 'msg1']);
    expect(json(response)).toMatchObject({ rt_cd: '1', msg_cd: code });
  });

  it('rejects a data call with the code in the option refuseData, and the token stays live', () => {
    const { broker, ask, issue } = kis({ refuseData: 'EGW00201' });
    const token = issue();
    expect(json(ask(kisPriceCall(token)))['msg_cd']).toBe('EGW00201');
    expect(broker.isAlive(token)).toBe(true);
  });

  it('rejects the previous app secret after setKeys has changed it', () => {
    const { broker, ask } = kis();
    broker.setKeys([{ ...KIS_KEY, secret: 'FAKE-NEW' }]);
    expect(json(ask(kisIssueCall()))['error_code']).toBe('EGW00105');
    expect(ask(kisIssueCall({ appsecret: 'FAKE-NEW' })).status).toBe(200);
  });
});

describe('the simulated KIS with a clock offset', () => {
  it('issues and expires tokens according to its own clock', () => {
    const { clock, broker, ask } = kis({ clockAhead: -MINUTE });
    const { access_token, access_token_token_expired } = json(ask(kisIssueCall()));
    expect(access_token_token_expired).toBe('2026-11-22 08:59:00');
    // The clock of KIS is one minute late, so the token expires one minute after the stated expiry.
    clock.advance(24 * HOUR - MINUTE);
    expect(broker.isAlive(String(access_token))).toBe(true);
    clock.advance(MINUTE);
    expect(broker.isAlive(String(access_token))).toBe(false);
  });
});
