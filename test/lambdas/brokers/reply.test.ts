import * as v from 'valibot';
import { expect, it } from 'vitest';
import {
  isSuccess,
  kstTimeSchema,
  readFields,
  readObject,
  tokenSchema,
} from '../../../lambdas/brokers/reply.ts';
import { brokerErrorOf, readSample, reply } from './samples.ts';

const schema = v.object({ token: tokenSchema, until: kstTimeSchema('is not a KST time'), life: v.number() });
const PAGE = readSample('maintenance.html');

it('the parser of broker replies names each invalid field without its value', () => {
  const error = brokerErrorOf(() => readFields(schema, { token: 'FAKE secret', until: 'FAKE secret' }));
  expect(error.message).toBe(
    'the reply is not as documented: token is blank, longer than 4096 characters, or contains white space ' +
      'or non-ASCII characters; until is not a KST time; life is missing',
  );
});

it.each([
  [199, false],
  [200, true],
  [299, true],
  [300, false],
])('the success check for HTTP status %d returns %s', (status, success) => {
  expect(isSuccess({ status, body: '' })).toBe(success);
});

it.each<[body: string, status: number, mayHaveActed: boolean, message: string]>([
  [PAGE, 200, false, 'HTTP 200 with a page'],
  [`\n\n ${PAGE}`, 200, false, 'HTTP 200 with a page'],
  [PAGE, 503, false, 'HTTP 503 with a page'],
  ['', 302, false, 'HTTP 302 with no JSON object'],
  ['', 200, true, 'HTTP 200 with no JSON object'],
  ['{"token":"FAKE', 200, true, 'HTTP 200 with no JSON object'],
  ['[]', 200, true, 'HTTP 200 with no JSON object'],
  ['null', 200, true, 'HTTP 200 with no JSON object'],
  ['500', 500, false, 'HTTP 500 with no JSON object'],
])(
  'the parser of broker replies reports the body %j with HTTP %d as "unavailable" (mayHaveActed: %s)',
  (body, status, acted, message) => {
    const error = brokerErrorOf(() => readObject(reply(body, status)));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveActed: acted, brokerCode: undefined });
    expect(error.message).toBe(`the broker answered ${message}`);
    expect(error.cause).toBeUndefined();
  },
);

it.each(['', PAGE, '{"return_code":0}'])(
  'the parser of broker replies reports HTTP 429 with the body %j as throttled',
  (body) => {
    const expected = { kind: 'throttled', brokerCode: '429', mayHaveActed: false };
    expect(brokerErrorOf(() => readObject(reply(body, 429)))).toMatchObject(expected);
  },
);
