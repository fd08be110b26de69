import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withHttpControl } from '../../../simulator/brokers/control.ts';
import { KisSimulator } from '../../../simulator/brokers/kis.ts';
import { OPTIONS, readAssignment, readOptions } from '../../../simulator/brokers/options.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import { json, KIS_KEY, kisIssueCall, kisPriceCall, requestOf, START } from './broker-harness.ts';

const guide = readFileSync(new URL('../../../docs/simulators.md', import.meta.url), 'utf8');

describe.each(['kis', 'kiwoom'] as const)('the options of %s', (broker) => {
  const options = Object.entries(OPTIONS[broker]);

  it('have valid defaults', () => {
    const defaults = Object.fromEntries(options.map(([name, option]) => [name, option.default]));
    expect(readOptions(broker, defaults)).toEqual(defaults);
  });

  it('are exactly the options in docs/simulators.md, with values, default and meaning', () => {
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
  ] as const)('can be the text of %s: %s', (broker, text, option) => {
    expect(readAssignment(broker, text)).toEqual(option);
  });

  it('is rejected if it is unknown or has a wrong value, and the error lists all problems', () => {
    expect(() => readOptions('kis', { reissue: 'supersede', jti: 7, slowSeconds: -1 })).toThrow(
      /no option "reissue"; its options are outage.*\nkis\.jti is 7; accepted: own, other\nkis\.slowSeconds is -1/s,
    );
  });
});

describe('the HTTP control of a simulated broker', () => {
  const simulator = new KisSimulator({ clock: new ManualClock(START), market: 'paper', keys: [KIS_KEY] });
  const handle = withHttpControl('kis', simulator);
  const ask = (method: 'GET' | 'POST', path: string, body = '') =>
    handle(requestOf({ method, path, headers: {}, body }));

  it('returns the options and the logged calls, sets options, and removes all tokens', () => {
    expect(handle(requestOf(kisIssueCall())).status).toBe(200);
    expect(json(ask('GET', '/simulator'))).toMatchObject({
      options: { jti: 'own' },
      calls: [{ outcome: 'issued' }],
    });
    expect(json(ask('POST', '/simulator/options', '{"jti":"other"}'))).toMatchObject({ jti: 'other' });
    ask('POST', '/simulator/forget');
    expect(simulator.tokens).toEqual([]);
  });

  it.each([
    ['{"jti":"none"}', 400, 'kis.jti is "none"'],
    ['[]', 400, 'a JSON object'],
    ['{', 400, 'not JSON'],
  ])('rejects the options %s', (body, status, why) => {
    const answer = ask('POST', '/simulator/options', body);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(JSON.stringify(why).slice(1, -1));
  });

  it('can invalidate a token, so that the broker rejects later data calls with the token', () => {
    handle(requestOf(kisIssueCall()));
    const token = simulator.tokens[0]?.token ?? '';
    expect(handle(requestOf(kisPriceCall(token))).status).toBe(200);
    expect(ask('POST', '/simulator/kill-token', JSON.stringify({ token })).status).toBe(200);
    expect(simulator.tokens[0]?.death).toBe('killed');
    expect(handle(requestOf(kisPriceCall(token))).body).toContain('EGW00121');
    expect(ask('POST', '/simulator/kill-token', JSON.stringify({ token })).status).toBe(200);
  });

  it.each([
    ['{"token":"FAKE"}', 404, 'this broker issued no such token'],
    ['{}', 400, 'the body must be'],
    ['{"token":1}', 400, 'the body must be'],
    ['[]', 400, 'the body must be'],
    ['{', 400, 'not JSON'],
  ])('rejects the token to kill in %s with HTTP %i and a reason', (body, status, why) => {
    const answer = ask('POST', '/simulator/kill-token', body);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(why);
  });

  it('answers an unknown control call with HTTP 404', () => {
    expect(ask('GET', '/simulator/else').status).toBe(404);
  });
});
