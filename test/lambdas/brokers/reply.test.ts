import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { isSuccess, kstTime, readFields, readObject, tokenText } from '../../../lambdas/brokers/reply.ts';
import { brokerErrorOf, reply } from './samples.ts';

const schema = v.object({ token: tokenText, until: kstTime('is no time of ours'), life: v.number() });
const SOUND = { token: 'FAKE-token', until: '20261121090000', life: 1 };

describe('The fields of a reply', () => {
  it('are read as they should be', () => {
    expect(readFields(schema, SOUND)).toEqual({ ...SOUND, until: Date.UTC(2026, 10, 21) });
  });

  it('what is wrong is told, field by field, and what was there is not', () => {
    const wrong = { token: 'FAKE secret', until: 'FAKE secret' };
    const error = brokerErrorOf(() => readFields(schema, wrong));
    expect(error.message).toBe(
      'the reply is not as documented: token is blank, longer than 4096, or holds white space or other ' +
        'characters that no token has; until is no time of ours; life is missing',
    );
  });

  it('a reply that is wrong as a whole is told as such', () => {
    const never = v.pipe(
      schema,
      v.check(() => false, 'is never right'),
    );
    const error = brokerErrorOf(() => readFields(never, SOUND));
    expect(error).toMatchObject({ kind: 'malformed', mayHaveActed: true });
    expect(error.message).toBe('the reply is not as documented: the reply is never right');
  });
});

describe('A reply', () => {
  it('is an object, whatever its status', () => {
    expect(readObject(reply({ a: 1 }, 500))).toEqual({ a: 1 });
  });

  it.each<[status: number, success: boolean]>([
    [199, false],
    [200, true],
    [204, true],
    [299, true],
    [300, false],
    [403, false],
    [500, false],
    [0, false],
  ])('HTTP %d is a success: %s', (status, success) => {
    expect(isSuccess({ status, body: '' })).toBe(success);
  });

  it('a body that is none is told by its status only', () => {
    const error = brokerErrorOf(() => readObject(reply('FAKE secret', 502)));
    expect(error.message).toBe('the broker answered HTTP 502 with no JSON object');
    expect(error.cause).toBeUndefined();
  });
});
