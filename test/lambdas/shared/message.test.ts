import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InboxMessage, parseMessage } from '../../../lambdas/shared/message.ts';

const credential = 'kis-main';

describe('A valid message', () => {
  it.each<[sentence: string, message: InboxMessage]>([
    ['a tick with a time', { credential, cause: 'schedule', at: '<aws.scheduler.scheduled-time>' }],
    ['a tick with an id', { credential, cause: 'schedule', id: '<aws.scheduler.execution-id>' }],
    ['a tick without a time', { credential, cause: 'schedule' }],
    ['a message about a changed secret', { credential, cause: 'credentials-changed' }],
    ['a forced refresh', { credential, cause: 'forced' }],
    ['a forced refresh with a reason', { credential, cause: 'forced', reason: '주소를 등록했습니다' }],
    ['a report of a rejected token', { credential, cause: 'rejected', generation: 1 }],
    ['a revocation', { credential, cause: 'revoke' }],
    ['a revocation without a new token', { credential, cause: 'revoke', reissue: false }],
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

  const report = (generation: unknown) => ({ cause: 'rejected', generation });
  it.each<[sentence: string, change: object, problem: string]>([
    ['no credential', { credential: undefined }, 'credential: is missing'],
    ['null as its credential', { credential: null }, 'credential: expected string, got null'],
    ['a number as its credential', { credential: 7 }, 'credential: expected string, got number'],
    [
      'an invalid credential id',
      { credential: 'a/b' },
      'credential: expected /^[a-z0-9-]{1,40}$/, got string',
    ],
    ['a line break after the credential id', { credential: 'kis\n' }, 'credential: expected'],
    ['no cause', { cause: undefined }, 'cause: expected ("schedule" | "credentials-changed" | "forced"'],
    ['an unknown cause', { cause: 'boredom' }, 'cause: expected ("schedule"'],
    ['a time that is a number', { at: 7 }, 'at: expected string, got number'],
    ['a reason that is not a text', { cause: 'forced', reason: {} }, 'reason: expected string, got object'],
    ['a report without a generation', { cause: 'rejected' }, 'generation: is missing'],
    ['a generation that is a text', report('41'), 'generation: expected number, got string'],
    ['a generation that is not an integer', report(1.5), 'generation: expected integer, got number'],
    ['the generation 0', report(0), 'generation: expected >=1, got number'],
    ['a reissue that is a text', { cause: 'revoke', reissue: 'no' }, 'reissue: expected boolean, got string'],
    ['two wrong fields', { credential: 7, at: 7 }, 'got number; at: expected string, got number'],
  ])('with %s is rejected with an error text that names the problem', (_sentence, change, problem) => {
    const parsed = parseMessage(JSON.stringify({ credential, cause: 'schedule', ...change }));
    expect(parsed).toMatchObject({ ok: false, problems: expect.stringContaining(problem) });
  });

  it.each([
    [null, 'the body: expected Object, got null'],
    ['schedule', 'the body: expected Object, got string'],
    [[], 'expected'],
  ])('with the body %j is rejected with an error text that names the problem', (body, problem) => {
    const parsed = parseMessage(JSON.stringify(body));
    expect(parsed).toMatchObject({ ok: false, problems: expect.stringContaining(problem) });
  });

  it.each(['', 'schedule', '{"credential":'])('is rejected if the message is not JSON: "%s"', (body) => {
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
