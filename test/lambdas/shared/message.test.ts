import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InboxMessage, parseMessage } from '../../../lambdas/shared/message.ts';

const credential = 'kis-main';

describe('A valid message', () => {
  it.each<[sentence: string, message: InboxMessage]>([
    ['a tick', { credential, cause: 'schedule', at: '2026-11-21T00:00:00Z' }],
    ['a tick with an id', { credential, cause: 'schedule', id: '<aws.scheduler.execution-id>' }],
    ['a tick without a time', { credential, cause: 'schedule' }],
    [
      'a tick with any text as its time',
      { credential, cause: 'schedule', at: '<aws.scheduler.scheduled-time>' },
    ],
    ['a message about a changed secret', { credential, cause: 'credentials-changed' }],
    ['a forced refresh', { credential, cause: 'forced' }],
    ['a forced refresh with a reason', { credential, cause: 'forced', reason: '주소를 등록했습니다' }],
    ['a report of a rejected token', { credential, cause: 'rejected', generation: 41 }],
    ['a revocation', { credential, cause: 'revoke' }],
    ['a revocation with a new token', { credential, cause: 'revoke', reissue: true }],
    ['a revocation without a new token', { credential, cause: 'revoke', reissue: false }],
    ['a tick with the shortest credential id', { credential: 'k', cause: 'schedule' }],
    ['a tick with the longest credential id', { credential: 'k'.repeat(40), cause: 'schedule' }],
  ])('can be %s', (_sentence, message) => {
    expect(parseMessage(JSON.stringify(message))).toEqual({ ok: true, message });
  });

  it.each([
    '{"credential":"kis-main","cause":"schedule","at":"a \\"cause\\": b {"}',
    '{ "credential" : "kis-main", "cause" : "schedule", "more": {"cause":1,"cause":2}, "list": ["cause"] }',
  ])('can contain equal JSON keys at different levels: %s', (body) => {
    expect(parseMessage(body)).toMatchObject({ ok: true });
  });
});

describe('An invalid inbox message', () => {
  it.each([
    '{"cause":"rejected","credential":"kis-main","generation":1,"cause":"revoke"}',
    '{"cause":"revoke","credential":"kis-main","generation":1,"cause":"rejected"}',
    '{"cause":"rejected","credential":"kis-main","generation":1,"c\\u0061use":"revoke"}',
    '{"cause":"rejected","credential":"kis-main","at":"\\\\","generation":1,"cause":"revoke"}',
    '{"cause":"rejected","credential":"kis-main","at":{"x":1},"generation":1,"cause":"revoke"}',
    '{"cause":"rejected","credential":"kis-main","at":[{"x":[]}],"generation":1,"cause":"revoke"}',
    '{"cause":"rejected","credential":"kis-main","at":{"x":{}},"generation":1,"at":1}',
  ])(
    'is rejected for a duplicate JSON key, because an SNS filter may check a different value of this key: %s',
    (body) => {
      expect(parseMessage(body)).toEqual({ ok: false, problems: 'the body has a key twice' });
    },
  );

  it.each<[sentence: string, body: unknown, problem: string]>([
    ['no credential', { cause: 'schedule' }, 'credential: is missing'],
    [
      'null as its credential',
      { credential: null, cause: 'schedule' },
      'credential: expected string, got null',
    ],
    [
      'a number as its credential',
      { credential: 7, cause: 'schedule' },
      'credential: expected string, got number',
    ],
    [
      'an empty credential id',
      { credential: '', cause: 'schedule' },
      'credential: expected /^[a-z0-9-]{1,40}$/, got string',
    ],
    ['a credential id in capitals', { credential: 'KIS', cause: 'schedule' }, 'credential: expected'],
    ['a slash in the credential id', { credential: 'a/b', cause: 'schedule' }, 'credential: expected'],
    [
      'a line break after the credential id',
      { credential: 'kis\n', cause: 'schedule' },
      'credential: expected',
    ],
    [
      'a credential id that is too long',
      { credential: 'k'.repeat(41), cause: 'schedule' },
      'credential: expected',
    ],
    [
      'no cause',
      { credential },
      'cause: expected ("schedule" | "credentials-changed" | "forced" | "rejected" | "revoke"), got nothing',
    ],
    ['an unknown cause', { credential, cause: 'boredom' }, 'cause: expected ("schedule"'],
    ['a time that is a number', { credential, cause: 'schedule', at: 7 }, 'at: expected string, got number'],
    [
      'a reason that is not a text',
      { credential, cause: 'forced', reason: {} },
      'reason: expected string, got object',
    ],
    ['a rejection without a generation', { credential, cause: 'rejected' }, 'generation: is missing'],
    [
      'a rejection whose generation is a text',
      { credential, cause: 'rejected', generation: '41' },
      'generation: expected number, got string',
    ],
    [
      'a rejection whose generation is not an integer',
      { credential, cause: 'rejected', generation: 1.5 },
      'generation: expected integer, got number',
    ],
    [
      'a rejection of generation 0',
      { credential, cause: 'rejected', generation: 0 },
      'generation: expected >=1, got number',
    ],
    [
      'a revocation whose reissue is "no"',
      { credential, cause: 'revoke', reissue: 'no' },
      'reissue: expected boolean, got string',
    ],
    [
      'two wrong fields',
      { credential: 7, cause: 'forced', reason: 7 },
      'credential: expected string, got number; reason: expected string, got number',
    ],
    ['null as its body', null, 'the body: expected Object, got null'],
    ['a text as its body', 'schedule', 'the body: expected Object, got string'],
    ['a list as its body', [], 'expected'],
  ])('with %s is rejected with an error text that names the problem', (_sentence, body, problem) => {
    const parsed = parseMessage(JSON.stringify(body));
    expect(parsed).toMatchObject({ ok: false, problems: expect.stringContaining(problem) });
  });

  it.each(['', 'schedule', '{"credential":'])('is rejected if it is not JSON: "%s"', (body) => {
    expect(parseMessage(body)).toEqual({ ok: false, problems: 'the body is not JSON' });
  });

  it('is rejected with an error text that contains no value of the message', () => {
    const secret = 'FAKE-SECRET';
    const value = fc.oneof(
      fc.constant(secret),
      fc.constant([secret]),
      fc.constant({ [secret]: secret }),
      fc.constantFrom(undefined, null, 7, 98765.5, 'rejected', 'forced'),
    );
    const keys = ['credential', 'cause', 'at', 'reason', 'generation', 'reissue', secret];
    const object = fc.record(Object.fromEntries(keys.map((key) => [key, value])));
    const body = fc.oneof(
      object.map((fields) => JSON.stringify(fields)),
      value.map((any) => JSON.stringify(any) ?? secret),
    );
    fc.assert(
      fc.property(body, (text) => {
        const parsed = parseMessage(text);
        fc.pre(!parsed.ok);
        expect(parsed.problems).not.toContain(secret);
        expect(parsed.problems).not.toContain('98765');
      }),
    );
  });
});
