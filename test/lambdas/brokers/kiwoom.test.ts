import { describe, expect, it } from 'vitest';
import type { VerifyResult } from '../../../lambdas/brokers/broker.ts';
import { kiwoom } from '../../../lambdas/brokers/kiwoom.ts';
import {
  brokerErrorOf,
  jwt,
  KIWOOM_KEY,
  kiwoomError,
  kiwoomErrorForms,
  MAINTENANCE_PAGE,
  readSample,
  reply,
} from './samples.ts';

/** The expiry in the sample reply: 08:37:13 KST on 2024-11-07. */
const EXPIRY = Date.UTC(2024, 10, 6, 23, 37, 13);
const HOUR = 3_600_000;
const COMPLETE = {
  expires_dt: '20241107083713',
  token_type: 'bearer',
  token: 'FAKE-opaque-token',
  return_code: 0,
  return_msg: '정상적으로 처리되었습니다',
};
const headers = (apiId: string) => ({ 'content-type': 'application/json;charset=UTF-8', 'api-id': apiId });
const issue = (body: string | object, status = 200) => kiwoom.readIssueReply(reply(body, status), KIWOOM_KEY);
const change = (fields: object) => issue({ ...COMPLETE, ...fields });
describe('the broker definition of Kiwoom', () => {
  it('has a minimum interval of 2 s, no reuse window, and the field secretkey in the secret', () => {
    expect(kiwoom.contract({})).toEqual({ minimumInterval: 2_000, marginShare: 1 / 4 });
    expect(kiwoom.secretFields).toEqual({ appkey: 'appkey', secret: 'secretkey' });
  });
});

describe('Kiwoom requests', () => {
  it('contain no authorization header if the call is an issue call', () => {
    const { body = '', ...rest } = kiwoom.issueRequest(KIWOOM_KEY);
    expect(rest).toEqual({ method: 'POST', path: '/oauth2/token', headers: headers('au10001') });
    const { appkey, secret: secretkey } = KIWOOM_KEY;
    expect(JSON.parse(body)).toEqual({ grant_type: 'client_credentials', appkey, secretkey });
  });

  it('contain the documented fields if the call is a revoke call', () => {
    const { body = '', ...rest } = kiwoom.revokeRequest(KIWOOM_KEY, 'FAKE-token');
    expect(rest).toEqual({ method: 'POST', path: '/oauth2/revoke', headers: headers('au10002') });
    const { appkey, secret: secretkey } = KIWOOM_KEY;
    expect(JSON.parse(body)).toEqual({ appkey, secretkey, token: 'FAKE-token' });
  });

  it('contain no app key if the call is a verify call', () => {
    expect(kiwoom.verifyRequest(KIWOOM_KEY, 'FAKE-token')).toEqual({
      method: 'POST',
      path: '/api/dostk/stkinfo',
      headers: { ...headers('ka10001'), authorization: 'Bearer FAKE-token' },
      body: '{"stk_cd":"005930"}',
    });
  });
});

describe('the parser of Kiwoom issue replies', () => {
  it('reads the sample reply of the Kiwoom documentation', () => {
    expect(issue(readSample('kiwoom/issue.json'))).toEqual({
      token: 'WQJCwyqInphKnR3bSRtB9NE1lv...',
      tokenType: 'Bearer',
      issuedAt: undefined,
      expiresAt: EXPIRY,
    });
  });

  it('reads a reply without return_code whose expiry has the format "YYYY-MM-DD HH:MM:SS"', () => {
    const expected = { tokenType: 'Bearer', expiresAt: Date.UTC(2024, 11, 31, 14, 59, 59) };
    expect(issue(readSample('kiwoom/issue-other-date.json'))).toMatchObject(expected);
  });

  it.each<[fields: object, expected: object]>([
    [{}, { token: 'FAKE-opaque-token', expiresAt: EXPIRY }],
    [{ return_code: '0000' }, { expiresAt: EXPIRY }],
    [{ return_code: undefined, return_msg: undefined }, { expiresAt: EXPIRY }],
    [{ token: jwt({ exp: (EXPIRY - HOUR) / 1000 }) }, { expiresAt: EXPIRY - HOUR }],
    [{ token: jwt({ exp: (EXPIRY + HOUR) / 1000 }) }, { expiresAt: EXPIRY }],
    [{ token: jwt({ iat: (EXPIRY - HOUR) / 1000, jti: 'FAKE' }) }, { issuedAt: EXPIRY - HOUR }],
  ])('accepts a Kiwoom reply with %j', (fields, expected) => {
    expect(change(fields)).toMatchObject(expected);
  });

  it.each<[fields: object, problem: string]>([
    [{ token: undefined }, 'token is missing'],
    [{ token: 'FAKE-token\r\n' }, 'token is blank'],
    [{ expires_dt: undefined }, 'expires_dt is missing'],
    [{ expires_dt: 20241107083713 }, 'expires_dt has the wrong type'],
    [{ expires_dt: '20241107' }, 'expires_dt is neither 14 digits'],
    [{ expires_dt: '20241131083713' }, 'expires_dt is neither 14 digits'],
    [{ token_type: 'mac' }, 'token_type is not Bearer'],
  ])('reports a Kiwoom reply with %j as malformed', (fields, problem) => {
    const error = brokerErrorOf(() => change(fields));
    expect(error).toMatchObject({ kind: 'malformed', brokerCode: undefined, mayHaveActed: true });
    expect(error.message).toContain(problem);
  });

  it.each<[returnCode: unknown, brokerCode: string | undefined]>([
    [3, 'return_code 3'],
    ['-3', 'return_code -3'],
    ['12345678901234567890', undefined],
    [null, undefined],
    ['ok', undefined],
  ])('rejects a Kiwoom token in a reply with the return_code %j', (return_code, brokerCode) => {
    const error = brokerErrorOf(() => change({ return_code }));
    expect(error).toMatchObject({ kind: 'unavailable', brokerCode, message: COMPLETE.return_msg });
  });

  const kinds = { throttled: [1700], rejected: [8001, 8104], unavailable: [1999, 8005, 8010, 9999] };
  const reported = Object.entries(kinds).flatMap(([kind, codes]) =>
    codes.flatMap((code) => kiwoomErrorForms(code).map((body) => [body, kind, String(code)] as const)),
  );
  it.each(reported)('reports the Kiwoom reply %j as %s', (body, kind, brokerCode) => {
    expect(brokerErrorOf(() => issue(body))).toMatchObject({ kind, brokerCode, mayHaveActed: false });
  });

  it.each<[file: string, kind: string]>([
    ['8030', 'rejected'],
    ['8050', 'rejected'],
    ['8050-newer', 'rejected'],
    ['1700', 'throttled'],
    ['8005', 'unavailable'],
  ])('reports the measured Kiwoom reply %s as %s', (file, kind) => {
    const error = brokerErrorOf(() => issue(readSample(`kiwoom/refused-${file}.json`)));
    expect(error).toMatchObject({ kind, brokerCode: file.slice(0, 4) });
  });

  it.each<[body: string | object, status: number, expected: object]>([
    [{ return_code: 7 }, 200, { brokerCode: 'return_code 7', message: '(no return_msg)' }],
    [{ return_msg: '', return_code: 7 }, 200, { message: '(no return_msg)' }],
    [kiwoomError(8001), 500, { kind: 'rejected' }],
    [{ ...COMPLETE, return_code: undefined, return_msg: 'CODE=8005' }, 200, { brokerCode: '8005' }],
    [readSample('kiwoom/refused-1700.json'), 429, { kind: 'throttled', brokerCode: '429' }],
    [MAINTENANCE_PAGE, 429, { kind: 'throttled', brokerCode: '429' }],
    [{ return_code: 0 }, 503, { message: 'the broker answered HTTP 503 without an error code' }],
    [{ error: 'unauthorized' }, 401, { kind: 'unavailable', brokerCode: undefined }],
    [MAINTENANCE_PAGE, 200, { kind: 'unavailable', mayHaveActed: false }],
    [readSample('kiwoom/issue-missing-comma.txt'), 200, { kind: 'unavailable', mayHaveActed: true }],
  ])('reports the Kiwoom reply %j with HTTP %d as a failure', (body, status, expected) => {
    expect(brokerErrorOf(() => issue(body, status))).toMatchObject({ kind: 'unavailable', ...expected });
  });
});

describe('the parser of Kiwoom revoke replies', () => {
  const revoke = (body: string | object, status = 200) =>
    kiwoom.readRevokeReply(reply(body, status), [KIWOOM_KEY.appkey, KIWOOM_KEY.secret, 'FAKE-token']);

  it.each<[body: string | object, status: number]>([
    [readSample('kiwoom/revoke.json'), 200],
    [{ return_code: '0000', return_msg: null }, 200],
    [{ return_msg: '정상적으로 처리되었습니다' }, 200],
    ...[8003, 8005, 8103, 805004, 8015, 8016]
      .flatMap(kiwoomErrorForms)
      .map((body): [object, number] => [body, 200]),
    [kiwoomError(8005), 401],
    [kiwoomError(9999), 401],
    [{ error: 'unauthorized' }, 401],
  ])('confirms the revocation for the Kiwoom reply %j with HTTP %d', (body, status) => {
    expect(() => revoke(body, status)).not.toThrow();
  });

  it.each<[body: string | object, status: number, expected: object]>([
    [kiwoomError(8010), 200, { brokerCode: '8010' }],
    [kiwoomError(8010), 401, { brokerCode: '8010' }],
    [kiwoomError(8001), 401, { kind: 'rejected' }],
    [{ return_code: 3, return_msg: 'FAKE' }, 200, { brokerCode: 'return_code 3' }],
    [readSample('kiwoom/refused-1700.json'), 429, { kind: 'throttled', brokerCode: '429' }],
    [{}, 200, { mayHaveActed: true }],
    [{}, 500, { mayHaveActed: false }],
    [MAINTENANCE_PAGE, 200, { mayHaveActed: false }],
    [MAINTENANCE_PAGE, 401, { mayHaveActed: false }],
    ['{"return_', 200, { mayHaveActed: true }],
  ])('does not confirm the revocation for the Kiwoom reply %j with HTTP %d', (body, status, expected) => {
    expect(brokerErrorOf(() => revoke(body, status))).toMatchObject({ kind: 'unavailable', ...expected });
  });
});

describe('the parser of Kiwoom verify replies', () => {
  type Row = [
    verdict: VerifyResult['verdict'],
    code: string | undefined,
    body: string | object,
    status: number,
  ];
  const inAllForms = (verdict: Row[0], ...codes: number[]): Row[] =>
    codes.flatMap((code) => kiwoomErrorForms(code).map((body): Row => [verdict, String(code), body, 200]));

  it.each<Row>([
    ['alive', undefined, { stk_cd: '005930', return_code: 0, return_msg: 'FAKE' }, 200],
    ['alive', undefined, { stk_cd: '005930', return_code: '0000', return_msg: null }, 200],
    ['alive', undefined, { stk_cd: '005930' }, 200],
    ...inAllForms('dead', 8003, 8005, 8103, 805004, 8010),
    ['dead', '8005', { stk_cd: '005930', return_msg: 'CODE=8005' }, 200],
    ['dead', '8005', readSample('kiwoom/refused-8005.json'), 401],
    ['dead', undefined, { error: 'unauthorized' }, 401],
    ['dead', '9999', kiwoomError(9999), 401],
    ['dead', undefined, '', 401],
    ['dead', undefined, 'Unauthorized', 401],
    ...inAllForms('throttled', 1700, 1701, 1702),
    ['throttled', '429', MAINTENANCE_PAGE, 429],
    ['throttled', '1700', readSample('kiwoom/refused-1700.json'), 401],
    ...inAllForms('unclear', 8104, 8050, 8030, 8031, 8016, 9999),
    ['unclear', '8050', kiwoomError(8050), 401],
    ['unclear', '8001', kiwoomError(8001), 500],
    ['unclear', undefined, {}, 200],
    ['unclear', undefined, { return_code: null, stk_cd: '005930' }, 200],
    ['unclear', undefined, { return_code: 7 }, 404],
    ...inAllForms('unreachable', 1999, 8006, 8009),
    ['unreachable', undefined, { return_code: 0 }, 500],
    ['unreachable', '9999', kiwoomError(9999), 503],
    ['unreachable', undefined, MAINTENANCE_PAGE, 200],
    ['unreachable', undefined, MAINTENANCE_PAGE, 401],
    ['unreachable', undefined, '', 502],
  ])(
    'returns the verdict %s (%s) for the Kiwoom reply %j with HTTP %d',
    (verdict, brokerCode, body, status) => {
      const result = kiwoom.readVerifyReply(reply(body, status), [KIWOOM_KEY.secret]);
      expect({ verdict: result.verdict, brokerCode: result.brokerCode }).toEqual({ verdict, brokerCode });
    },
  );
});
