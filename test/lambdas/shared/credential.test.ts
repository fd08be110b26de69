import { describe, expect, it } from 'vitest';
import { type CredentialConfig, formatConfig, parseConfig } from '../../../lambdas/shared/credential.ts';
import { CONFIG } from '../../sample-state.ts';

describe('The config parameter', () => {
  it.each<[what: string, change: Partial<CredentialConfig>]>([
    ['only the required fields', {}],
    ['the shortest values', { id: '-', secretArn: 'x', renewBeforeSeconds: 1, checkEverySeconds: 1 }],
    ['the longest id and the smallest budget', { id: 'k'.repeat(40), maxIssuesPerDay: 2 }],
    ['the largest budget', { maxIssuesPerDay: 32 }],
    ['the optional fields of KIS', { market: 'paper', minimumIntervalSeconds: 1, managedBy: 'operator' }],
    ['the optional fields of Kiwoom', { broker: 'kiwoom', renewEarly: 'revoke' }],
    ['two sessions', { renewEarly: 'wait', sessions: [{ preset: 'nxt' }, { preset: 'us' }] }],
  ])('with %s is parsed to the config that the stack wrote', (_what, change) => {
    const config = { ...CONFIG, ...change };
    expect(parseConfig(formatConfig(config))).toEqual({ ok: true, config });
  });

  it.each<[sentence: string, change: object, path: string]>([
    ['a newer version', { version: 2 }, 'version'],
    ['an id that a parameter name cannot contain', { id: 'KIS/main' }, 'id'],
    ['an unknown broker', { broker: 'unknown' }, 'broker'],
    ['an unknown market', { market: 'mock' }, 'market'],
    ['no secret', { secretArn: '' }, 'secretArn'],
    ['no margin', { renewBeforeSeconds: 0 }, 'renewBeforeSeconds'],
    ['a renewal margin as text', { renewBeforeSeconds: '60m' }, 'renewBeforeSeconds'],
    ['half a second', { checkEverySeconds: 0.5 }, 'checkEverySeconds'],
    ['no sessions', { sessions: undefined }, 'sessions'],
    ['an unknown session', { sessions: [{ preset: 'moon' }] }, 'sessions.0'],
    ['a maximum of one issue call per day', { maxIssuesPerDay: 1 }, 'maxIssuesPerDay'],
    ['a maximum of 33 issue calls per day', { maxIssuesPerDay: 33 }, 'maxIssuesPerDay'],
    ['a minimum interval of 0 s', { minimumIntervalSeconds: 0 }, 'minimumIntervalSeconds'],
    ['an unknown value of renewEarly', { renewEarly: 'always' }, 'renewEarly'],
  ])('is invalid with %s, and the problem contains the path', (_sentence, change, path) => {
    const parsed = parseConfig(JSON.stringify({ ...CONFIG, ...change }));
    expect(parsed).toMatchObject({ ok: false, problems: expect.stringContaining(`${path}: `) });
  });

  it.each<[text: string, problems: RegExp]>([
    ['', /^it is not JSON$/],
    ['{"version":1', /^it is not JSON$/],
    ['null', /^it: Invalid type: Expected Object but received null$/],
    ['{}', /version: .*; .*sessions: /],
  ])('is invalid with the text "%s"', (text, problems) => {
    expect(parseConfig(text)).toMatchObject({ ok: false, problems: expect.stringMatching(problems) });
  });
});
