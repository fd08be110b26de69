import { describe, expect, it } from 'vitest';
import { kiwoom } from '../../../lambdas/brokers/kiwoom.ts';
import { brokerErrorOf, jwt, KIWOOM_KEY, reply, sample } from './samples.ts';

/** 08:37:13 in Korea on 2024-11-07. */
const END = Date.UTC(2024, 10, 6, 23, 37, 13);
const HOUR = 3_600_000;

const SOUND = {
  expires_dt: '20241107083713',
  token_type: 'bearer',
  token: 'FAKE-opaque-token',
  return_code: 0,
  return_msg: '정상적으로 처리되었습니다',
};

const read = (change: object = {}) => kiwoom.readIssueReply(reply({ ...SOUND, ...change }), KIWOOM_KEY);

describe('A Kiwoom token', () => {
  it('is read from the sample reply of the guide', () => {
    expect(kiwoom.readIssueReply(reply(sample('kiwoom/issue.json')), KIWOOM_KEY)).toEqual({
      token: 'WQJCwyqInphKnR3bSRtB9NE1lv...',
      tokenType: 'Bearer',
      issuedAt: undefined,
      expiresAt: END,
    });
  });

  it('is read from the document with the other date format and no return_code', () => {
    expect(kiwoom.readIssueReply(reply(sample('kiwoom/issue-other-date.json')), KIWOOM_KEY)).toMatchObject({
      tokenType: 'Bearer',
      expiresAt: Date.UTC(2024, 11, 31, 14, 59, 59),
    });
  });

  it.each<[sentence: string, change: object, expected: object]>([
    ['return_code 0', {}, { token: 'FAKE-opaque-token', expiresAt: END }],
    ['return_code "0"', { return_code: '0' }, { expiresAt: END }],
    ['no return_code', { return_code: undefined }, { expiresAt: END }],
    ['no return_msg', { return_msg: undefined }, { expiresAt: END }],
    ['Bearer', { token_type: 'Bearer' }, { tokenType: 'Bearer' }],
    ['any key order', Object.fromEntries(Object.entries(SOUND).reverse()), { expiresAt: END }],
    ['a JWT that ends earlier', { token: jwt({ exp: (END - HOUR) / 1000 }) }, { expiresAt: END - HOUR }],
    ['a JWT that ends later', { token: jwt({ exp: (END + HOUR) / 1000 }) }, { expiresAt: END }],
    ['a JWT that knows its begin', { token: jwt({ iat: (END - HOUR) / 1000 }) }, { issuedAt: END - HOUR }],
    ['a JWT with a jti: only KIS promises what it is', { token: jwt({ jti: 'FAKE' }) }, { expiresAt: END }],
  ])('%s is a success', (_sentence, change, expected) => {
    expect(read(change)).toMatchObject(expected);
  });

  it.each<[sentence: string, change: object, complaint: string]>([
    ['no token', { token: undefined }, 'token is missing'],
    ['a null for a token', { token: null }, 'token has the wrong type'],
    ['a number for a token', { token: 7 }, 'token has the wrong type'],
    ['an empty token', { token: '' }, 'token is blank'],
    ['a blank token', { token: ' ' }, 'token is blank'],
    ['a token with a space in it', { token: 'FAKE token' }, 'token is blank'],
    ['a token with a line after it', { token: 'FAKE-token\r\n' }, 'token is blank'],
    ['no expiry', { expires_dt: undefined }, 'expires_dt is missing'],
    ['a number for an expiry', { expires_dt: 20241107083713 }, 'expires_dt has the wrong type'],
    ['an empty expiry', { expires_dt: '' }, 'expires_dt is neither 14 digits'],
    ['an expiry that is a day', { expires_dt: '20241107' }, 'expires_dt is neither 14 digits'],
    ['an expiry on 31 November', { expires_dt: '20241131083713' }, 'expires_dt is neither 14 digits'],
    ['white space round the expiry', { expires_dt: ' 20241107083713' }, 'expires_dt is neither 14 digits'],
    ['no token type', { token_type: undefined }, 'token_type is missing'],
    ['a null for a token type', { token_type: null }, 'token_type has the wrong type'],
    ['another token type', { token_type: 'mac' }, 'token_type is not Bearer'],
    ['a return_msg that is no text', { return_msg: 0 }, 'return_msg has the wrong type'],
    [
      'an empty success',
      { token: undefined, expires_dt: undefined, token_type: undefined },
      'token_type is missing',
    ],
  ])('%s is malformed, and counts as an issue', (_sentence, change, complaint) => {
    const error = brokerErrorOf(() => read(change));
    expect(error).toMatchObject({ kind: 'malformed', brokerCode: undefined, mayHaveActed: true });
    expect(error.message).toContain(complaint);
  });

  it.each<[sentence: string, return_code: unknown, brokerCode: string]>([
    ['3 with a token beside it', 3, 'return_code 3'],
    ['"3"', '3', 'return_code 3'],
    ['null', null, 'return_code NaN'],
    ['an empty text', '', 'return_code NaN'],
    ['a blank', ' ', 'return_code NaN'],
    ['words', 'ok', 'return_code NaN'],
    ['a fraction', 0.5, 'return_code NaN'],
    ['true', true, 'return_code NaN'],
    ['false', false, 'return_code NaN'],
    ['a list that JavaScript takes for 0', [], 'return_code NaN'],
  ])('a return_code that is %s is no success', (_sentence, return_code, brokerCode) => {
    const error = brokerErrorOf(() => read({ return_code }));
    expect(error).toMatchObject({ kind: 'unavailable', brokerCode });
  });
});

describe('A Kiwoom revocation', () => {
  const revoke = (body: string | object, status = 200) =>
    kiwoom.readRevokeReply(reply(body, status), [KIWOOM_KEY.appkey, KIWOOM_KEY.secret, 'FAKE-token']);
  const refused = (code: string) => ({ return_code: 3, return_msg: `FAKE[${code}:FAKE]` });

  it.each<[sentence: string, body: string | object]>([
    ['confirmed as in the guide', sample('kiwoom/revoke.json')],
    ['confirmed without a return_code', { return_msg: '정상적으로 처리되었습니다' }],
    ['of a token that is not valid any more', sample('kiwoom/refused-8005.json')],
    ['of a token that is not found', refused('8003')],
    ['of a token that is not accepted', refused('8103')],
    ['with nothing to revoke', refused('8016')],
  ])('%s: the token is dead', (_sentence, body) => {
    expect(() => revoke(body)).not.toThrow();
  });

  it.each<[sentence: string, body: string | object, status: number, expected: object]>([
    ['8015, failed', refused('8015'), 200, { kind: 'unavailable', brokerCode: '8015' }],
    ['8010, from another address', refused('8010'), 200, { kind: 'unavailable', brokerCode: '8010' }],
    ['8001, refused keys', sample('kiwoom/refused-8001.json'), 200, { kind: 'rejected', brokerCode: '8001' }],
    ['HTTP 429', sample('kiwoom/refused-1700.json'), 429, { kind: 'throttled', brokerCode: '429' }],
    ['HTTP 500 without words', {}, 500, { kind: 'unavailable' }],
    ['a page', sample('maintenance.html'), 200, { kind: 'unavailable', mayHaveActed: false }],
    ['an answer that was cut', '{"return_', 200, { kind: 'unavailable', mayHaveActed: true }],
  ])('%s: the token is not known to be dead', (_sentence, body, status, expected) => {
    expect(brokerErrorOf(() => revoke(body, status))).toMatchObject(expected);
  });
});

describe('Kiwoom says of a token', () => {
  const verify = (body: string | object, status = 200) =>
    kiwoom.readVerifyReply(reply(body, status), [KIWOOM_KEY.secret]);
  const refused = (code: string) => ({ return_code: 3, return_msg: `FAKE[${code}:FAKE]` });

  it.each<[sentence: string, body: string | object, status: number, verdict: object]>([
    ['a stock: it lives', { stk_cd: '005930', return_code: 0, return_msg: 'FAKE' }, 200, { is: 'alive' }],
    [
      '8005, not valid: it is dead',
      sample('kiwoom/refused-8005.json'),
      200,
      { is: 'dead', brokerCode: '8005' },
    ],
    ['8003, not found: it is dead', refused('8003'), 200, { is: 'dead', brokerCode: '8003' }],
    ['8103, not accepted: it is dead', refused('8103'), 200, { is: 'dead', brokerCode: '8103' }],
    [
      '8010 to the refresher itself: nobody can use it',
      refused('8010'),
      200,
      { is: 'dead', brokerCode: '8010' },
    ],
    [
      '1700, too many calls: nothing about it',
      sample('kiwoom/refused-1700.json'),
      200,
      { is: 'unknown', brokerCode: '1700' },
    ],
    [
      '8030, wrong market: nothing about it',
      sample('kiwoom/refused-8030.json'),
      200,
      { is: 'unknown', brokerCode: '8030' },
    ],
    [
      '8050, unregistered address: nothing about it',
      sample('kiwoom/refused-8050.json'),
      200,
      { is: 'unknown', brokerCode: '8050' },
    ],
    [
      'a success under HTTP 500: nothing about it',
      { return_code: 0 },
      500,
      { is: 'unknown', brokerCode: undefined },
    ],
    ['no return_code: nothing about it', {}, 200, { is: 'unknown', message: '(no return_msg)' }],
  ])('%s', (_sentence, body, status, verdict) => {
    expect(verify(body, status)).toMatchObject(verdict);
  });

  it.each<[sentence: string, body: string, status: number, kind: string]>([
    ['HTTP 429 says nothing about it', sample('kiwoom/refused-1700.json'), 429, 'throttled'],
    ['nor does a page', sample('maintenance.html'), 200, 'unavailable'],
  ])('%s', (_sentence, body, status, kind) => {
    expect(brokerErrorOf(() => verify(body, status))).toMatchObject({ kind });
  });
});
