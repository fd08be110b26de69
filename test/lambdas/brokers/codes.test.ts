import { describe, expect, it } from 'vitest';
import type { BrokerErrorKind } from '../../../lambdas/brokers/errors.ts';
import { kis } from '../../../lambdas/brokers/kis.ts';
import { kiwoom } from '../../../lambdas/brokers/kiwoom.ts';
import { brokerErrorOf, KIS_KEY, KIWOOM_KEY, reply, sample } from './samples.ts';

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** The tables of docs/brokers.md, written out. */
const KIS_CODES: Record<Exclude<BrokerErrorKind, 'malformed'>, number[]> = {
  throttled: [133],
  unavailable: [1, 2, 201, 202, 203, 300, 301, 302],
  rejected: [3, 4, ...range(101, 120), 131, 132, ...range(204, 210), 213, 303, 304],
};
const KIWOOM_CODES: typeof KIS_CODES = {
  throttled: [1700, 1701, 1702],
  unavailable: [1999, 8006, 8009],
  rejected: [...range(1501, 1517), 1634, 1687, 8001, 8002, 8011, 8012, 8020, 8030, 8031, 8040, 8050],
};
const KIS_DEAD = [121, 122, 123];
const KIWOOM_DEAD = [8003, 8005, 8103];

type Row = [code: string, kind: BrokerErrorKind];
const rows = (codes: typeof KIS_CODES, name: (code: number) => string) =>
  Object.entries(codes).flatMap(([kind, list]) => list.map((code) => [name(code), kind] as Row));
const egw = (code: number) => `EGW${String(code).padStart(5, '0')}`;

const kisError = (body: string | object, status = 403) =>
  brokerErrorOf(() => kis.readIssueReply(reply(body, status), KIS_KEY));
const kiwoomError = (body: string | object, status = 200) =>
  brokerErrorOf(() => kiwoom.readIssueReply(reply(body, status), KIWOOM_KEY));

describe('KIS refuses to issue', () => {
  it.each(rows(KIS_CODES, egw))('%s means %s', (error_code, kind) => {
    const error = kisError({ error_description: 'FAKE 설명', error_code });
    expect(error).toMatchObject({ kind, brokerCode: error_code, mayHaveActed: false });
    expect(error.message).toBe(`${error_code} FAKE 설명`);
  });

  it.each<[file: string, kind: BrokerErrorKind, message: string]>([
    ['kis/refused-EGW00133.json', 'throttled', 'EGW00133 접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)'],
    ['kis/refused-EGW00103.json', 'rejected', 'EGW00103 유효하지 않은 AppKey입니다.'],
    ['kis/refused-EGW00105.json', 'rejected', 'EGW00105 유효하지 않은 AppSecret입니다.'],
    ['kis/refused-EGW00002.json', 'unavailable', 'EGW00002 서버 에러가 발생했습니다.'],
  ])('%s, as measured, means %s', (file, kind, message) => {
    expect(kisError(sample(file))).toMatchObject({ kind, message });
  });

  it.each([...KIS_DEAD, 5, 100, 124, 134, 200, 211, 212, 214, 299, 305, 99999].map(egw))(
    '%s is not in the table: try again, and show the code to a person',
    (error_code) => {
      expect(kisError({ error_code })).toMatchObject({ kind: 'unavailable', brokerCode: error_code });
    },
  );

  it.each<[sentence: string, body: object, status: number, expected: object]>([
    [
      'the code under msg_cd, as old clients saw it',
      { rt_cd: '1', msg_cd: 'EGW00133', msg1: 'FAKE' },
      403,
      { kind: 'throttled', message: 'EGW00133 FAKE' },
    ],
    ['the same with HTTP 500', { rt_cd: '1', msg_cd: 'EGW00105', msg1: 'FAKE' }, 500, { kind: 'rejected' }],
    [
      'a code with HTTP 200 is a refusal all the same',
      { error_code: 'EGW00133' },
      200,
      { kind: 'throttled' },
    ],
    [
      'a token beside a code is not taken',
      { error_code: 'EGW00133', access_token: 'FAKE' },
      200,
      { kind: 'throttled' },
    ],
    [
      'a code of another family is kept',
      { error_code: 'OPSP0007', error_description: 'FAKE' },
      403,
      { kind: 'unavailable', brokerCode: 'OPSP0007', message: 'OPSP0007 FAKE' },
    ],
    [
      'even if its number is one of EGW’s',
      { error_code: 'IGW00103' },
      403,
      { kind: 'unavailable', brokerCode: 'IGW00103' },
    ],
    [
      'a code of another family with HTTP 200 is no token',
      { rt_cd: '1', msg_cd: 'OPSQ0002', msg1: 'FAKE' },
      200,
      { kind: 'unavailable', brokerCode: 'OPSQ0002' },
    ],
    [
      'a description that is no text',
      { error_code: 'EGW00103', error_description: 7 },
      403,
      { kind: 'rejected', message: 'EGW00103 (no description)' },
    ],
    [
      'a code that is a number is no code',
      { error_code: 133 },
      403,
      { kind: 'unavailable', brokerCode: undefined },
    ],
    [
      'a code in a sentence is no code',
      { error_code: 'see EGW00103' },
      403,
      { kind: 'unavailable', brokerCode: undefined },
    ],
    [
      'no code at all',
      {},
      403,
      { kind: 'unavailable', message: 'the broker answered HTTP 403 without an error code' },
    ],
    ['no code, HTTP 500', {}, 500, { kind: 'unavailable', mayHaveActed: false }],
    [
      'a token under HTTP 500 is not taken',
      { access_token: 'FAKE', access_token_token_expired: '2026-11-21 09:00:00', token_type: 'Bearer' },
      500,
      { kind: 'unavailable' },
    ],
  ])('%s', (_sentence, body, status, expected) => {
    expect(kisError(body, status)).toMatchObject(expected);
  });

  it('a success code of the data calls beside a token is no refusal', () => {
    const body = {
      ...JSON.parse(sample('kis/issue.json')),
      access_token: 'FAKE-token',
      rt_cd: '0',
      msg_cd: 'MCA00000',
    };
    expect(kis.readIssueReply(reply(body), KIS_KEY).token).toBe('FAKE-token');
  });
});

describe('Kiwoom refuses to issue', () => {
  it.each(rows(KIWOOM_CODES, String))('%s means %s', (code, kind) => {
    const return_msg = `인증에 실패했습니다[${code}:FAKE 설명]`;
    const error = kiwoomError({ return_code: 3, return_msg });
    expect(error).toMatchObject({ kind, brokerCode: code, mayHaveActed: false, message: return_msg });
  });

  it.each<[file: string, kind: BrokerErrorKind, brokerCode: string]>([
    ['kiwoom/refused-8030.json', 'rejected', '8030'],
    ['kiwoom/refused-8001.json', 'rejected', '8001'],
    ['kiwoom/refused-8050.json', 'rejected', '8050'],
    ['kiwoom/refused-8050-newer.json', 'rejected', '8050'],
    ['kiwoom/refused-1700.json', 'throttled', '1700'],
    ['kiwoom/refused-8005.json', 'unavailable', '8005'],
  ])('%s, as measured, means %s', (file, kind, brokerCode) => {
    expect(kiwoomError(sample(file))).toMatchObject({ kind, brokerCode });
  });

  it.each([...KIWOOM_DEAD, 8010, 8015, 8016, 8104, 8200, 1500, 1518, 1635, 1703, 9999].map(String))(
    '%s is not in the table: try again, and show the code to a person',
    (code) => {
      const error = kiwoomError({ return_code: 3, return_msg: `FAKE[${code}:FAKE]` });
      expect(error).toMatchObject({ kind: 'unavailable', brokerCode: code });
    },
  );

  it.each<[sentence: string, body: string | object, status: number, expected: object]>([
    [
      'a refusal without a code in brackets',
      { return_code: 3, return_msg: 'FAKE' },
      200,
      { kind: 'unavailable', brokerCode: 'return_code 3', message: 'FAKE' },
    ],
    [
      'a refusal without words',
      { return_code: 7 },
      200,
      { kind: 'unavailable', brokerCode: 'return_code 7', message: '(no return_msg)' },
    ],
    ['a refusal with empty words', { return_code: 7, return_msg: '' }, 200, { message: '(no return_msg)' }],
    [
      'words that are no text',
      { return_code: 7, return_msg: { code: '[8001:]' } },
      200,
      { brokerCode: 'return_code 7' },
    ],
    [
      'brackets that hold no code',
      { return_code: 2, return_msg: 'FAKE[값]' },
      200,
      { brokerCode: 'return_code 2' },
    ],
    [
      'brackets with five digits',
      { return_code: 2, return_msg: 'FAKE[80011:FAKE]' },
      200,
      { brokerCode: 'return_code 2' },
    ],
    [
      'a return_code below nothing',
      { return_code: -3, return_msg: 'FAKE[8001:FAKE]' },
      200,
      { kind: 'rejected' },
    ],
    [
      'the same code with HTTP 500',
      { return_code: 3, return_msg: 'FAKE[8001:FAKE]' },
      500,
      { kind: 'rejected' },
    ],
    [
      'HTTP 429 with Kiwoom’s own words',
      sample('kiwoom/refused-1700.json'),
      429,
      { kind: 'throttled', brokerCode: '429' },
    ],
    ['HTTP 429 as a page', sample('maintenance.html'), 429, { kind: 'throttled', brokerCode: '429' }],
    ['HTTP 429 without a body', '', 429, { kind: 'throttled', brokerCode: '429' }],
    [
      'HTTP 503 that calls itself a success',
      { return_code: 0 },
      503,
      { kind: 'unavailable', message: 'the broker answered HTTP 503 without an error code' },
    ],
    ['HTTP 403 without a return_code', {}, 403, { kind: 'unavailable', brokerCode: undefined }],
  ])('%s', (_sentence, body, status, expected) => {
    expect(kiwoomError(body, status)).toMatchObject(expected);
  });
});

describe('Either broker’s bad night', () => {
  const both: [name: string, errorOf: typeof kisError][] = [
    ['KIS', kisError],
    ['Kiwoom', kiwoomError],
  ];
  it.each<[sentence: string, body: string, status: number, mayHaveActed: boolean, message: string]>([
    ['a maintenance page', sample('maintenance.html'), 200, false, 'HTTP 200 with a page'],
    ['a page after blank lines', `\n\n ${sample('maintenance.html')}`, 200, false, 'HTTP 200 with a page'],
    ['a page with HTTP 503', sample('maintenance.html'), 503, false, 'HTTP 503 with a page'],
    ['a redirect', '', 302, false, 'HTTP 302 with no JSON object'],
    ['an empty success may have been a token', '', 200, true, 'HTTP 200 with no JSON object'],
    ['half a success may have been a token', '{"token":"FAKE', 200, true, 'HTTP 200 with no JSON object'],
    ['Kiwoom’s own printed example', sample('kiwoom/issue-missing-comma.txt'), 200, true, 'no JSON object'],
    ['a list', '[]', 200, true, 'no JSON object'],
    ['a null', 'null', 200, true, 'no JSON object'],
    ['a text', '"FAKE"', 201, true, 'no JSON object'],
    ['a number with HTTP 500', '500', 500, false, 'no JSON object'],
    ['HTTP 199 is no success', '', 199, false, 'no JSON object'],
    ['nor is HTTP 300', '', 300, false, 'no JSON object'],
  ])('%s', (_sentence, body, status, mayHaveActed, message) => {
    for (const [name, errorOf] of both) {
      const error = errorOf(body, status);
      expect(error, name).toMatchObject({ kind: 'unavailable', mayHaveActed, brokerCode: undefined });
      expect(error.message, name).toContain(message);
    }
  });
});
