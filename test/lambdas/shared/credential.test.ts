import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BROKERS,
  type CredentialConfig,
  formatConfig,
  MARKETS,
  parseConfig,
} from '../../../lambdas/shared/credential.ts';
import { WEEKDAYS } from '../../../lambdas/shared/sessions.ts';

const CONFIG: CredentialConfig = {
  version: 1,
  id: 'kis-main',
  broker: 'kis',
  market: 'live',
  secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake-AbCdEf',
  renewBeforeSeconds: 3600,
  checkEverySeconds: 300,
  sessions: [{ preset: 'nxt' }, { days: ['sat'], from: '22:00', to: '05:00', timeZone: 'Asia/Seoul' }],
  maxIssuesPerDay: 8,
};

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const session = fc.oneof(
  fc.record({ preset: fc.constantFrom('krx' as const, 'nxt' as const, 'us' as const) }),
  fc
    .record({
      days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
      from: clock,
      to: clock,
      timeZone: fc.constantFrom('Asia/Seoul', 'America/New_York', 'UTC'),
    })
    .filter(({ from, to }) => from !== to),
);
const seconds = fc.integer({ min: 1, max: 90 * 86400 });
const config: fc.Arbitrary<CredentialConfig> = fc.record(
  {
    version: fc.constant(1 as const),
    id: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    broker: fc.constantFrom(...BROKERS),
    market: fc.constantFrom(...MARKETS),
    secretArn: fc.string({ minLength: 1 }),
    renewBeforeSeconds: seconds,
    checkEverySeconds: seconds,
    sessions: fc.array(session, { maxLength: 4 }),
    maxIssuesPerDay: fc.integer({ min: 2, max: 32 }),
    minimumIntervalSeconds: seconds,
    renewEarly: fc.constantFrom('revoke' as const, 'wait' as const),
  },
  {
    requiredKeys: [
      'version',
      'id',
      'broker',
      'market',
      'secretArn',
      'renewBeforeSeconds',
      'checkEverySeconds',
      'sessions',
      'maxIssuesPerDay',
    ],
  },
);

describe('The config parameter', () => {
  it('is parsed to the config that the stack wrote', () => {
    fc.assert(
      fc.property(config, (config) => {
        expect(parseConfig(formatConfig(config))).toEqual({ ok: true, config });
      }),
    );
  });

  it.each<[sentence: string, change: object, path: string]>([
    ['a newer version', { version: 2 }, 'version'],
    ['an id that a parameter name cannot contain', { id: 'KIS/main' }, 'id'],
    ['an unknown broker', { broker: 'nobody' }, 'broker'],
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

  it('is invalid without fields, and the problems list every missing field', () => {
    const parsed = parseConfig('{}');
    expect(parsed).toMatchObject({ ok: false, problems: expect.stringMatching(/version: .*; .*sessions: /) });
  });

  it.each<[text: string, problems: string]>([
    ['', 'it is not JSON'],
    ['{"version":1', 'it is not JSON'],
    ['null', 'it: Invalid type: Expected Object but received null'],
    ['[]', 'version: '],
  ])('is invalid with the text "%s"', (text, problems) => {
    expect(parseConfig(text)).toMatchObject({ ok: false, problems: expect.stringContaining(problems) });
  });
});
