import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { control } from '../../simulator/brokers/control.ts';
import { KisSimulator } from '../../simulator/brokers/kis.ts';
import { OPTIONS, readAssignment, readOptions } from '../../simulator/brokers/options.ts';
import { ManualClock } from '../../simulator/clock.ts';
import { json, KIS_KEY, kisIssue, requestOf, START } from './harness.ts';

const guide = readFileSync(new URL('../../docs/simulators.md', import.meta.url), 'utf8');

describe.each(['kis', 'kiwoom'] as const)('the options of %s', (broker) => {
  const { options, defaults } = OPTIONS[broker];

  it('are those that there are, and each default is allowed', () => {
    expect(Object.keys(options).sort()).toEqual(Object.keys(defaults).sort());
    expect(readOptions(broker, { ...defaults })).toEqual(defaults);
  });

  it('stand in docs/simulators.md, each with its values, default and meaning, and no other', () => {
    const title = broker === 'kis' ? '## Options of KIS' : '## Options of Kiwoom';
    const [, chapter = ''] = guide.split(`${title}\n`);
    const rows = (chapter.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(
      Object.entries(options).map(([name, { values, meaning }]) => {
        const value = JSON.stringify(defaults[name as keyof typeof defaults]);
        return `| \`${name}\` | ${values} | \`${value}\` | ${meaning} |`;
      }),
    );
  });
});

describe('an option from outside', () => {
  it.each([
    ['reuseWindowSeconds=60', 'reuseWindowSeconds', 60],
    ['jti=other', 'jti', 'other'],
    ['refuseIssue=8001', 'refuseIssue', '8001'],
    ['throttleStatus=200', 'throttleStatus', 200],
    ['outage={"issue":"cut"}', 'outage', { issue: 'cut' }],
    ['maintenance=null', 'maintenance', null],
  ])('%s', (text, name, value) => {
    expect(readAssignment(text)).toEqual([name, value]);
  });

  it('that nobody knows or that cannot be set so is refused: all problems at once, with what is allowed', () => {
    expect(() => readOptions('kis', { reissue: 'supersede', jti: 7, slowSeconds: -1 })).toThrow(
      /no option "reissue"; there are outage.*\nkis\.jti is 7, and may be: own, other\nkis\.slowSeconds is -1/s,
    );
    expect(() => readAssignment('jti')).toThrow('"jti" is no name=value');
  });
});

describe('while it runs', () => {
  const simulator = new KisSimulator({ clock: new ManualClock(START), market: 'paper', keys: [KIS_KEY] });
  const handle = control('kis', simulator);
  const ask = (method: 'GET' | 'POST', path: string, body = '') =>
    handle(requestOf({ method, path, headers: {}, body }));

  it('options are turned and tokens forgotten over HTTP, and the broker answers beside', () => {
    expect(handle(requestOf(kisIssue())).status).toBe(200);
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
  ])('%s is refused', (body, status, why) => {
    const answer = ask('POST', '/simulator/options', body);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(JSON.stringify(why).slice(1, -1));
  });

  it('says what there is when asked for something else', () => {
    expect(ask('GET', '/simulator/else').status).toBe(404);
  });
});
