import { describe, expect, it } from 'vitest';
import type { VerifyResult } from '../../../lambdas/brokers/broker.ts';
import { kis } from '../../../lambdas/brokers/kis.ts';
import { brokerErrorOf, jwt, KIS_KEY, readSample, reply } from './samples.ts';

/** The instant 09:00 KST on 2026-11-21. */
const NINE = Date.UTC(2026, 10, 21);
const HOUR = 3_600_000;
const COMPLETE = {
  access_token: 'FAKE-opaque-token',
  access_token_token_expired: '2026-11-21 09:00:00',
  token_type: 'Bearer',
  expires_in: 86400,
};
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

const issue = (body: string | object, status = 200) => kis.readIssueReply(reply(body, status), KIS_KEY);
const change = (fields: object) => issue({ ...COMPLETE, ...fields });
const epoch = (instant: number) => instant / 1000;

describe('the broker definition of KIS', () => {
  it('contains the field names of a KIS secret', () => {
    expect(kis.secretFields).toEqual({ appkey: 'appkey', secret: 'appsecret' });
  });

  it.each([
    [undefined, 61_000],
    [300, 300_000],
  ])(
    'has a reuse window of 6 h, and with minimumIntervalSeconds %s a minimum interval of %d ms',
    (seconds, expected) => {
      const contract = kis.contract({ minimumIntervalSeconds: seconds });
      expect(contract).toEqual({ marginShare: 1 / 2, reuseWindow: 21_600_000, minimumInterval: expected });
    },
  );
});

describe('KIS requests', () => {
  it('contain the documented fields if the call is an issue call', () => {
    const { body = '', ...rest } = kis.issueRequest(KIS_KEY);
    expect(rest).toEqual({ method: 'POST', path: '/oauth2/tokenP', headers: JSON_HEADERS });
    const { appkey, secret: appsecret } = KIS_KEY;
    expect(JSON.parse(body)).toEqual({ grant_type: 'client_credentials', appkey, appsecret });
  });

  it('contain the documented fields if the call is a revoke call', () => {
    const { body = '', ...rest } = kis.revokeRequest(KIS_KEY, 'FAKE-token');
    expect(rest).toEqual({ method: 'POST', path: '/oauth2/revokeP', headers: JSON_HEADERS });
    const { appkey, secret: appsecret } = KIS_KEY;
    expect(JSON.parse(body)).toEqual({ appkey, appsecret, token: 'FAKE-token' });
  });

  it('contain no app key in the path of a verify call', () => {
    const { appkey, secret: appsecret } = KIS_KEY;
    expect(kis.verifyRequest(KIS_KEY, 'FAKE-token')).toEqual({
      method: 'GET',
      path: '/uapi/domestic-stock/v1/quotations/inquire-price?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930',
      headers: {
        ...JSON_HEADERS,
        ...{ authorization: 'Bearer FAKE-token', appkey, appsecret, tr_id: 'FHKST01010100' },
      },
    });
  });
});

describe('the parser of KIS issue replies', () => {
  it('returns the expiry of the JWT if access_token_token_expired is later', () => {
    const text = readSample('kis/issue.json');
    const key = { ...KIS_KEY, appkey: 'BSfS4AKRJzQTjfttmuvezuPQ9Jj77pvFv0YW' };
    expect(kis.readIssueReply(reply(text), key)).toEqual({
      token: JSON.parse(text).access_token,
      tokenType: 'Bearer',
      issuedAt: Date.UTC(2022, 0, 12, 8, 11, 40),
      expiresAt: Date.UTC(2022, 3, 12, 8, 11, 40),
    });
  });

  it.each<[title: string, fields: object, expected: object]>([
    ['an opaque token', {}, { issuedAt: undefined, expiresAt: NINE, tokenType: 'Bearer' }],
    ['the token type "bearer"', { token_type: 'bearer' }, { tokenType: 'Bearer' }],
    ['a token of 4096 characters', { access_token: 'x'.repeat(4096) }, { token: 'x'.repeat(4096) }],
    [
      'an expiry in the past',
      { access_token_token_expired: '2020-01-01 00:00:00' },
      { expiresAt: Date.UTC(2019, 11, 31, 15) },
    ],
    [
      'a JWT that expires earlier',
      { access_token: jwt({ exp: epoch(NINE - HOUR) }) },
      { expiresAt: NINE - HOUR },
    ],
    ['a JWT that expires later', { access_token: jwt({ exp: epoch(NINE + HOUR) }) }, { expiresAt: NINE }],
    ['a JWT without an expiry', { access_token: jwt({ sub: 'token' }) }, { expiresAt: NINE }],
    ['a JWT with iat', { access_token: jwt({ iat: epoch(NINE - HOUR) }) }, { issuedAt: NINE - HOUR }],
  ])('accepts a KIS reply with %s', (_title, fields, expected) => {
    expect(change(fields)).toMatchObject(expected);
  });

  const EXPIRY = 'access_token_token_expired';
  it.each<[fields: object, problem: string]>([
    [{ access_token: undefined }, 'access_token is missing'],
    [{ access_token: '' }, 'access_token is blank'],
    [{ access_token: 'FAKE token' }, 'access_token is blank'],
    [{ access_token: 'FAKE-token\n' }, 'access_token is blank'],
    [{ access_token: '토큰' }, 'access_token is blank'],
    [{ access_token: 'x'.repeat(4097) }, 'longer than 4096'],
    [{ [EXPIRY]: undefined, acess_token_token_expired: '2026-11-21 09:00:00' }, `${EXPIRY} is missing`],
    [{ [EXPIRY]: 86400 }, `${EXPIRY} has the wrong type`],
    [{ [EXPIRY]: '2026-11-31 09:00:00' }, `${EXPIRY} is not a time`],
    [{ token_type: 1 }, 'token_type has the wrong type'],
    [{ token_type: 'Bearer ' }, 'token_type is not Bearer'],
    [{ token_type: 'Not bearer' }, 'token_type is not Bearer'],
    [{ access_token: jwt({ jti: 'PSFAKE-another' }) }, 'belongs to a different app key'],
    [{ access_token: jwt({ jti: 'PSFAKE-another', iat: 'now' }) }, 'belongs to a different app key'],
  ])('reports a KIS reply with %j as malformed', (fields, problem) => {
    const error = brokerErrorOf(() => change(fields));
    expect(error).toMatchObject({ kind: 'malformed', brokerCode: undefined, mayHaveActed: true });
    expect(error.message).toContain(problem);
  });

  it.each<[file: string, kind: string, message: string]>([
    ['EGW00133', 'throttled', 'EGW00133 접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)'],
    ['EGW00103', 'rejected', 'EGW00103 유효하지 않은 AppKey입니다.'],
    ['EGW00105', 'rejected', 'EGW00105 유효하지 않은 AppSecret입니다.'],
    ['EGW00002', 'unavailable', 'EGW00002 서버 에러가 발생했습니다.'],
  ])('reports the measured KIS reply with %s as %s', (code, kind, message) => {
    const error = brokerErrorOf(() => issue(readSample(`kis/refused-${code}.json`), 403));
    expect(error).toMatchObject({ kind, message, brokerCode: code, mayHaveActed: false });
  });

  it.each<[body: string | object, status: number, expected: object]>([
    [{ rt_cd: '1', msg_cd: 'EGW00105', msg1: 'FAKE' }, 500, { kind: 'rejected', message: 'EGW00105 FAKE' }],
    [{ ...COMPLETE, error_code: 'EGW00133' }, 200, { kind: 'throttled' }],
    [{ error_code: 'EGW00121' }, 403, { kind: 'unavailable', brokerCode: 'EGW00121' }],
    [{ error_code: 'EGW00201' }, 403, { kind: 'unavailable', brokerCode: 'EGW00201' }],
    [{ error_code: 'EGW00103', error_description: 7 }, 403, { message: 'EGW00103 (no description)' }],
    [{}, 403, { kind: 'unavailable', message: 'the broker answered HTTP 403 without an error code' }],
    [COMPLETE, 500, { kind: 'unavailable', brokerCode: undefined, mayHaveActed: false }],
    ['{}', 429, { kind: 'throttled', brokerCode: '429' }],
    [readSample('maintenance.html'), 200, { kind: 'unavailable', mayHaveActed: false }],
  ])('reports the KIS reply %j with HTTP %d as a failure', (body, status, expected) => {
    expect(brokerErrorOf(() => issue(body, status))).toMatchObject(expected);
  });
});

describe('the parser of KIS revoke replies', () => {
  const revoke = (body: string | object, status = 200) =>
    kis.readRevokeReply(reply(body, status), [KIS_KEY.appkey, KIS_KEY.secret, 'FAKE-token']);

  it.each<[body: string | object, status: number]>([
    [readSample('kis/revoke.json'), 200],
    [{ code: 200, message: '접근토큰 폐기에 성공하였습니다.' }, 200],
    [readSample('kis/data-EGW00121.json'), 500],
    [{ error_code: 'EGW00122', error_description: 'FAKE' }, 403],
    [readSample('kis/data-EGW00123.json'), 500],
  ])('confirms the revocation for the KIS reply %j with HTTP %d', (body, status) => {
    expect(() => revoke(body, status)).not.toThrow();
  });

  it.each<[body: string | object, status: number, expected: object]>([
    [readSample('kis/refused-EGW00103.json'), 403, { kind: 'rejected', brokerCode: 'EGW00103' }],
    [readSample('kis/refused-EGW00002.json'), 403, { kind: 'unavailable', mayHaveActed: false }],
    [{ code: '200' }, 200, { kind: 'unavailable', mayHaveActed: true }],
    [{}, 200, { kind: 'unavailable', mayHaveActed: true }],
    [{ code: 500, message: 'FAKE' }, 200, { kind: 'unavailable', mayHaveActed: true }],
    [{ code: 200 }, 500, { kind: 'unavailable', mayHaveActed: false }],
    [readSample('maintenance.html'), 200, { kind: 'unavailable', mayHaveActed: false }],
  ])('does not confirm the revocation for the KIS reply %j with HTTP %d', (body, status, expected) => {
    expect(brokerErrorOf(() => revoke(body, status))).toMatchObject(expected);
  });
});

describe('the parser of KIS verify replies', () => {
  const failure = (msg_cd: string) => ({ rt_cd: '1', msg_cd, msg1: 'FAKE' });

  it.each<
    [verdict: VerifyResult['verdict'], code: string | undefined, body: string | object, status: number]
  >([
    ['alive', undefined, { rt_cd: '0', msg_cd: 'MCA00000', msg1: '정상처리 되었습니다.', output: {} }, 200],
    ['dead', 'EGW00121', readSample('kis/data-EGW00121.json'), 500],
    ['dead', 'EGW00123', readSample('kis/data-EGW00123.json'), 500],
    ['throttled', 'EGW00201', readSample('kis/data-EGW00201.json'), 500],
    ['throttled', 'EGW00133', failure('EGW00133'), 500],
    ['throttled', '429', '', 429],
    ['unclear', 'EGW00103', failure('EGW00103'), 500],
    ['unclear', 'EGW00999', failure('EGW00999'), 500],
    ['unclear', 'OPSQ0002', failure('OPSQ0002'), 200],
    ['unclear', undefined, {}, 200],
    ['unclear', undefined, { rt_cd: 0 }, 200],
    ['unreachable', 'EGW00001', failure('EGW00001'), 500],
    ['unreachable', 'EGW00002', failure('EGW00002'), 403],
    ['unreachable', 'EGW00302', failure('EGW00302'), 500],
    ['unreachable', undefined, { rt_cd: '0', msg_cd: 'MCA00000' }, 500],
    ['unreachable', undefined, readSample('maintenance.html'), 200],
    ['unreachable', undefined, '', 503],
  ])('returns the verdict %s (%s) for the KIS reply %j with HTTP %d', (verdict, brokerCode, body, status) => {
    const result = kis.readVerifyReply(reply(body, status), [KIS_KEY.secret]);
    expect({ verdict: result.verdict, brokerCode: result.brokerCode }).toEqual({ verdict, brokerCode });
  });
});
