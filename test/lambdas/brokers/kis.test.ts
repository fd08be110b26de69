import { describe, expect, it } from 'vitest';
import { kis } from '../../../lambdas/brokers/kis.ts';
import { brokerErrorOf, jwt, KIS_KEY, reply, sample } from './samples.ts';

/** 09:00 in Korea on 2026-11-21. */
const NINE = Date.UTC(2026, 10, 21);
const HOUR = 3_600_000;

const SOUND = {
  access_token: 'FAKE-opaque-token',
  access_token_token_expired: '2026-11-21 09:00:00',
  token_type: 'Bearer',
  expires_in: 86400,
};

const read = (change: object = {}) => kis.readIssueReply(reply({ ...SOUND, ...change }), KIS_KEY);
const epoch = (instant: number) => instant / 1000;

describe('A KIS token', () => {
  it('is read from the sample reply of the documents, whose JWT ends before the time beside it', () => {
    const text = sample('kis/issue.json');
    const key = { ...KIS_KEY, appkey: 'BSfS4AKRJzQTjfttmuvezuPQ9Jj77pvFv0YW' };
    expect(kis.readIssueReply(reply(text), key)).toEqual({
      token: JSON.parse(text).access_token,
      tokenType: 'Bearer',
      issuedAt: Date.UTC(2022, 0, 12, 8, 11, 40),
      expiresAt: Date.UTC(2022, 3, 12, 8, 11, 40),
    });
  });

  it.each<[sentence: string, change: object, expected: object]>([
    ['an opaque one lives as long as the reply says', {}, { issuedAt: undefined, expiresAt: NINE }],
    ['expires_in is not needed', { expires_in: undefined }, { expiresAt: NINE }],
    ['nor believed, on a token that is handed back', { expires_in: 1 }, { expiresAt: NINE }],
    ['three months for a partner corporation', { expires_in: 7776000 }, { expiresAt: NINE }],
    ['bearer is as good as Bearer', { token_type: 'bearer' }, { tokenType: 'Bearer' }],
    ['further fields do no harm', { refresh_token: 'FAKE' }, { token: 'FAKE-opaque-token' }],
    ['as long as a parameter can hold', { access_token: 'x'.repeat(4096) }, { token: 'x'.repeat(4096) }],
    [
      'an expiry in the past is told as it is',
      { access_token_token_expired: '2020-01-01 00:00:00' },
      { expiresAt: Date.UTC(2019, 11, 31, 15) },
    ],
    [
      'a JWT that ends earlier ends earlier',
      { access_token: jwt({ exp: epoch(NINE - HOUR) }) },
      { expiresAt: NINE - HOUR },
    ],
    [
      'a JWT that ends later does not',
      { access_token: jwt({ exp: epoch(NINE + HOUR) }) },
      { expiresAt: NINE },
    ],
    ['a JWT without an end', { access_token: jwt({ sub: 'token' }) }, { expiresAt: NINE }],
    [
      'a JWT knows when it was issued',
      { access_token: jwt({ iat: epoch(NINE - HOUR) }) },
      { issuedAt: NINE - HOUR },
    ],
    ['a JWT of this app key', { access_token: jwt({ jti: KIS_KEY.appkey }) }, { expiresAt: NINE }],
  ])('%s', (_sentence, change, expected) => {
    expect(read(change)).toMatchObject(expected);
  });

  it.each<[sentence: string, change: object, complaint: string]>([
    ['no token', { access_token: undefined }, 'access_token is missing'],
    ['a null for a token', { access_token: null }, 'access_token has the wrong type'],
    ['a number for a token', { access_token: 7 }, 'access_token has the wrong type'],
    ['an empty token', { access_token: '' }, 'access_token is blank'],
    ['a blank token', { access_token: '  ' }, 'access_token is blank'],
    ['a token with a space in it', { access_token: 'FAKE token' }, 'access_token is blank'],
    ['a token with a line after it', { access_token: 'FAKE-token\n' }, 'access_token is blank'],
    ['a token with a tab before it', { access_token: '\tFAKE-token' }, 'access_token is blank'],
    ['a token in Korean', { access_token: '토큰' }, 'access_token is blank'],
    ['a token that no parameter can hold', { access_token: 'x'.repeat(4097) }, 'longer than 4096'],
    ['no expiry', { access_token_token_expired: undefined }, 'access_token_token_expired is missing'],
    [
      'the expiry as the prose misspells it',
      { access_token_token_expired: undefined, acess_token_token_expired: '2026-11-21 09:00:00' },
      'access_token_token_expired is missing',
    ],
    [
      'a number for an expiry',
      { access_token_token_expired: 86400 },
      'access_token_token_expired has the wrong type',
    ],
    ['an empty expiry', { access_token_token_expired: '' }, 'access_token_token_expired is not a time'],
    [
      'an expiry that is a day',
      { access_token_token_expired: '2026-11-21' },
      'access_token_token_expired is not a time',
    ],
    [
      'an expiry on 31 November',
      { access_token_token_expired: '2026-11-31 09:00:00' },
      'access_token_token_expired is not a time',
    ],
    [
      'an expiry with a zone',
      { access_token_token_expired: '2026-11-21T09:00:00Z' },
      'access_token_token_expired is not a time',
    ],
    ['no token type', { token_type: undefined }, 'token_type is missing'],
    ['a number for a token type', { token_type: 1 }, 'token_type has the wrong type'],
    ['another token type', { token_type: 'Basic' }, 'token_type is not Bearer'],
    ['an empty token type', { token_type: '' }, 'token_type is not Bearer'],
    ['white space round the token type', { token_type: 'Bearer ' }, 'token_type is not Bearer'],
    ['text for a lifetime', { expires_in: '86400' }, 'expires_in has the wrong type'],
    ['a lifetime below nothing', { expires_in: -1 }, 'expires_in has the wrong type'],
    [
      'the token of another app key',
      { access_token: jwt({ jti: 'PSFAKE-another' }) },
      'made for another app key',
    ],
    [
      'even if its other claims make no sense',
      { access_token: jwt({ jti: 'PSFAKE-another', iat: 'now' }) },
      'made for another app key',
    ],
    [
      'an empty reply',
      { access_token: undefined, access_token_token_expired: undefined, token_type: undefined },
      'access_token is missing; access_token_token_expired is missing; token_type is missing',
    ],
  ])('%s is malformed, and counts as an issue', (_sentence, change, complaint) => {
    const error = brokerErrorOf(() => read(change));
    expect(error).toMatchObject({ kind: 'malformed', brokerCode: undefined, mayHaveActed: true });
    expect(error.message).toContain(complaint);
  });

  it('a lifetime without end is malformed', () => {
    const text = JSON.stringify(SOUND).replace('86400', '1e999');
    const error = brokerErrorOf(() => kis.readIssueReply(reply(text), KIS_KEY));
    expect(error.message).toContain('expires_in has the wrong type');
  });
});

describe('A KIS revocation', () => {
  const revoke = (body: string | object, status = 200) =>
    kis.readRevokeReply(reply(body, status), [KIS_KEY.appkey, KIS_KEY.secret, 'FAKE-token']);

  it.each<[sentence: string, body: string | object, status: number]>([
    ['confirmed as in the documents', sample('kis/revoke.json'), 200],
    [
      'confirmed with a full stop, as seen live',
      { code: 200, message: '접근토큰 폐기에 성공하였습니다.' },
      200,
    ],
    ['of a token that is not valid', sample('kis/data-EGW00121.json'), 500],
    ['of a token that is not found', { error_code: 'EGW00122', error_description: 'FAKE' }, 403],
    ['of a token that has expired', sample('kis/data-EGW00123.json'), 500],
  ])('%s: the token is dead', (_sentence, body, status) => {
    expect(() => revoke(body, status)).not.toThrow();
  });

  it.each<[sentence: string, body: string | object, status: number, expected: object]>([
    ['refused keys', sample('kis/refused-EGW00103.json'), 403, { kind: 'rejected', brokerCode: 'EGW00103' }],
    [
      'a server error',
      sample('kis/refused-EGW00002.json'),
      403,
      { kind: 'unavailable', mayHaveActed: false },
    ],
    [
      'a confirmation that is text may be one',
      { code: '200' },
      200,
      { kind: 'unavailable', mayHaveActed: true },
    ],
    ['an empty answer may be one', {}, 200, { kind: 'unavailable', mayHaveActed: true }],
    [
      'another code may be one',
      { code: 500, message: 'FAKE' },
      200,
      { kind: 'unavailable', mayHaveActed: true },
    ],
    ['"200" under HTTP 500', { code: 200 }, 500, { kind: 'unavailable', mayHaveActed: false }],
    ['a page', sample('maintenance.html'), 200, { kind: 'unavailable', mayHaveActed: false }],
  ])('%s confirms nothing', (_sentence, body, status, expected) => {
    expect(brokerErrorOf(() => revoke(body, status))).toMatchObject(expected);
  });
});

describe('KIS says of a token', () => {
  const verify = (body: string | object, status = 200) =>
    kis.readVerifyReply(reply(body, status), [KIS_KEY.secret]);

  it.each<[sentence: string, body: string | object, status: number, verdict: object]>([
    [
      'a price: it lives',
      { rt_cd: '0', msg_cd: 'MCA00000', msg1: '정상처리 되었습니다.', output: {} },
      200,
      { is: 'alive' },
    ],
    [
      'EGW00121, not valid: it is dead',
      sample('kis/data-EGW00121.json'),
      500,
      { is: 'dead', brokerCode: 'EGW00121' },
    ],
    [
      'EGW00122, not found: it is dead',
      { rt_cd: '1', msg_cd: 'EGW00122', msg1: 'FAKE' },
      500,
      { is: 'dead', brokerCode: 'EGW00122' },
    ],
    [
      'EGW00123, expired: it is dead',
      sample('kis/data-EGW00123.json'),
      500,
      { is: 'dead', brokerCode: 'EGW00123' },
    ],
    [
      'EGW00201, too many calls: nothing about it',
      sample('kis/data-EGW00201.json'),
      500,
      { is: 'unknown', brokerCode: 'EGW00201' },
    ],
    [
      'EGW00103, wrong keys: nothing about it',
      { rt_cd: '1', msg_cd: 'EGW00103', msg1: 'FAKE' },
      500,
      { is: 'unknown', brokerCode: 'EGW00103' },
    ],
    [
      'a code of another family: nothing about it',
      { rt_cd: '1', msg_cd: 'OPSQ0002', msg1: 'FAKE' },
      200,
      { is: 'unknown', brokerCode: 'OPSQ0002' },
    ],
    [
      'a price under HTTP 500: nothing about it',
      { rt_cd: '0', msg_cd: 'MCA00000' },
      500,
      { is: 'unknown', brokerCode: undefined },
    ],
    [
      'an empty object: nothing about it',
      {},
      200,
      { is: 'unknown', brokerCode: undefined, message: '(no description)' },
    ],
    ['rt_cd as a number: nothing about it', { rt_cd: 0 }, 200, { is: 'unknown' }],
  ])('%s', (_sentence, body, status, verdict) => {
    expect(verify(body, status)).toMatchObject(verdict);
  });

  it('a page says nothing, and is told as the broker being away', () => {
    expect(brokerErrorOf(() => verify(sample('maintenance.html'), 503))).toMatchObject({
      kind: 'unavailable',
    });
  });
});
