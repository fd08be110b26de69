import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withHttpControl } from '../../../simulator/brokers/control.ts';
import { OPTIONS, readAssignment, readOptions } from '../../../simulator/brokers/options.ts';
import { json, kis, kisIssueCall, requestOf } from './broker-harness.ts';

const guide = readFileSync(new URL('../../../docs/simulators.md', import.meta.url), 'utf8');

describe.each(['kis', 'kiwoom'] as const)('the options of the simulated %s', (broker) => {
  const options = Object.entries(OPTIONS[broker]);

  it('have valid defaults', () => {
    const defaults = Object.fromEntries(options.map(([name, option]) => [name, option.default]));
    expect(readOptions(broker, defaults)).toEqual(defaults);
  });

  it('are documented in docs/simulators.md with values, default and meaning', () => {
    const title = broker === 'kis' ? '## Options of KIS' : '## Options of Kiwoom';
    const [, chapter = ''] = guide.split(`${title}\n`);
    const rows = (chapter.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(
      options.map(
        ([name, { default: value, values, meaning }]) =>
          `| \`${name}\` | ${values} | \`${JSON.stringify(value)}\` | ${meaning} |`,
      ),
    );
  });
});

describe('a simulator option from the command line or over HTTP', () => {
  it.each([
    ['kis', 'reuseWindowSeconds=60', { reuseWindowSeconds: 60 }],
    ['kis', 'jti=other', { jti: 'other' }],
    ['kis', 'statedExpiry=true', { statedExpiry: 'true' }],
    ['kis', 'refuseIssue=8001', { refuseIssue: '8001' }],
    ['kiwoom', 'deadRevoke=8015', { deadRevoke: '8015' }],
    ['kiwoom', 'refusalForm=http-401', { refusalForm: 'http-401' }],
    ['kiwoom', 'throttleStatus=200', { throttleStatus: 200 }],
    ['kiwoom', 'outage={"issue":"cut"}', { outage: { issue: 'cut' } }],
    ['kiwoom', 'maintenance=null', { maintenance: null }],
  ] as const)('can be set for the broker %s with the text %s', (broker, text, option) => {
    expect(readAssignment(broker, text)).toEqual(option);
  });

  it('is rejected if the option is unknown or has a wrong value, and the error lists all problems', () => {
    expect(() => readOptions('kis', { reissue: 'supersede', jti: 7, slowSeconds: -1 })).toThrow(
      /no option "reissue"; its options are outage.*\nkis\.jti is 7; accepted: own, other\nkis\.slowSeconds is -1/s,
    );
  });
});

describe('the HTTP control of a simulated broker', () => {
  function control() {
    const { broker, issue, data } = kis();
    const handle = withHttpControl('kis', broker);
    const ask = (method: 'GET' | 'POST', path: string, body = '') =>
      handle(requestOf({ method, path: `/simulator${path}`, headers: {}, body }));
    return { broker, issue, data, ask, handle };
  }

  it('passes broker calls to the broker, returns options and recorded calls, and sets options', () => {
    const { ask, handle } = control();
    expect(handle(requestOf(kisIssueCall())).status).toBe(200);
    const state = { options: { jti: 'own' }, calls: [{ outcome: 'issued' }] };
    expect(json(ask('GET', ''))).toMatchObject(state);
    expect(json(ask('POST', '/options', '{"jti":"other"}'))).toMatchObject({ jti: 'other' });
    expect(json(ask('GET', ''))).toMatchObject({ ...state, options: { jti: 'other' } });
  });

  it('invalidates a token, accepts a repeated invalidation, and removes all tokens', () => {
    const { broker, issue, data, ask } = control();
    const { token } = issue();
    expect(data(token)).toBe('ok');
    const kill = () => ask('POST', '/kill-token', JSON.stringify({ token })).status;
    expect([kill(), kill(), data(token)]).toEqual([200, 200, 'EGW00121']);
    expect(broker.tokens[0]?.invalidationCause).toBe('killed');
    ask('POST', '/forget');
    expect(broker.tokens).toEqual([]);
  });

  it.each([
    ['/options', '{"jti":"none"}', 400, 'kis.jti is \\"none\\"'],
    ['/options', '[]', 400, 'a JSON object'],
    ['/options', '{', 400, 'not JSON'],
    ['/kill-token', '{"token":"FAKE"}', 404, 'this broker issued no such token'],
    ['/kill-token', '{}', 400, 'the body must be'],
    ['/kill-token', '{"token":1}', 400, 'the body must be'],
    ['/kill-token', '[]', 400, 'the body must be'],
    ['/kill-token', '{', 400, 'not JSON'],
    ['/else', '', 404, 'the control calls are'],
  ])('rejects the call %s with the body %s with HTTP %i and a reason', (path, body, status, reason) => {
    const answer = control().ask('POST', path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(reason);
  });
});
