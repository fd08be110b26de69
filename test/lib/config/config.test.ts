import { describe, expect, test } from 'vitest';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { BOTH, KIS, KIWOOM } from '../synth.ts';
import { ARN, kis, kiwoom, LIVE, refusal, SEOUL, VPC } from './refused-configurations.ts';

test('all problems stand in one message, each with path, got, allowed and fix', () => {
  const { message, problems, code } = refusal({
    parameterPrefix: '/aws/x',
    credentials: [KIS, { ...KIWOOM, broker: 'kiwom', renewBefore: '19h', maxIssuesPerDay: 40 }],
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    'credentials[1].broker',
    'credentials[1].maxIssuesPerDay',
    'parameterPrefix',
  ]);
  expect(code).toBe('Configuration');
  expect(message).toContain('has 3 problems');
  expect(message).toContain(
    [
      'credentials[1].broker',
      '   got:     "kiwom"',
      '   allowed: "kis", "kiwoom"',
      '   fix:     did you mean "kiwoom"?',
    ].join('\n'),
  );
});

test('a problem that several credentials share is told once', () => {
  const paths = refusal({ ...BOTH, checkEvery: '90s' }).problems.map(({ path }) => path);
  expect(paths).toEqual(['checkEvery']);
});

test('an app key that was put where a secret is named does not come out again', () => {
  const key = 'PSabcdefghijklmnopqrstuvwxyz01234567';
  const inputs = [key, { name: `${key} ` }, { arn: key }, { appkey: key, appsecret: key }, [key]];
  for (const secret of inputs) expect(refusal(kis({ secret })).message).not.toContain(key);
});

describe('a configuration that is accepted', () => {
  test('has defaults for everything but the credentials', () => {
    expect(parseBrokerTokens({ credentials: [KIS] })).toEqual({
      parameterPrefix: '/broker-tokens',
      checkEvery: 300,
      responseTime: 900,
      keepParameters: false,
      egress: 'public',
      credentials: [
        {
          ...KIS,
          sessions: [{ preset: 'nxt' }],
          renewBefore: 3 * 3600,
          maxIssuesPerDay: 8,
          renewEarly: 'wait',
          allowPublicEgress: false,
        },
      ],
    });
  });

  test.for([
    ['kis', 'live', 3600, 8, 'wait'],
    ['kis', 'paper', 3 * 3600, 8, 'wait'],
    ['kiwoom', 'live', 3 * 3600, 24, 'revoke'],
    ['kiwoom', 'paper', 3 * 3600, 24, 'revoke'],
  ] as const)(
    'of %s %s has defaults that protect trading',
    ([broker, market, renewBefore, maxIssuesPerDay, renewEarly]) => {
      const { credentials } = parseBrokerTokens({
        credentials: [{ ...KIS, broker, market, allowPublicEgress: true }],
      });
      const sessions = [{ preset: 'nxt' }];
      expect(credentials).toMatchObject([{ renewBefore, maxIssuesPerDay, renewEarly, sessions }]);
    },
  );

  test('turns each default off', () => {
    const { credentials } = parseBrokerTokens({
      renewBefore: '2h',
      credentials: [{ ...KIWOOM, sessions: [], renewEarly: 'wait', maxIssuesPerDay: 4 }],
    });
    expect(credentials).toMatchObject([
      { sessions: [], renewEarly: 'wait', maxIssuesPerDay: 4, renewBefore: 7200 },
    ]);
  });

  test('lets a credential have its own margin', () => {
    const { credentials } = parseBrokerTokens({
      renewBefore: '2h',
      credentials: [KIS, { ...KIWOOM, renewBefore: '90m' }],
    });
    expect(credentials.map(({ renewBefore }) => renewBefore)).toEqual([7200, 5400]);
  });

  test.for<[sentence: string, input: unknown]>([
    ['each preset', kis({ sessions: [{ preset: 'krx' }, { preset: 'nxt' }] })],
    ['Seoul and New York together', kis({ sessions: [{ preset: 'nxt' }, { preset: 'us' }] })],
    ['a session over midnight', kis({ sessions: [{ ...SEOUL, from: '22:30', to: '05:00' }] })],
    [
      'the longest margins',
      {
        credentials: [
          { ...KIS, renewBefore: '12h', sessions: [] },
          { ...KIWOOM, renewBefore: '6h' },
        ],
      },
    ],
    ['the shortest interval with a short margin', { ...BOTH, checkEvery: '1m', renewBefore: '40m' }],
    ['the longest interval', { ...BOTH, checkEvery: '12m', renewBefore: '2h' }],
    ['options of KIS', kis({ minimumInterval: '300s', maxIssuesPerDay: 32 })],
    ['options of Kiwoom', kiwoom({ renewEarly: 'revoke', maxIssuesPerDay: 2 })],
    ['renewEarly "wait" for Kiwoom', kiwoom({ renewEarly: 'wait' })],
    ['renewEarly "wait" for KIS', kis({ renewEarly: 'wait' })],
    ['a live key of Kiwoom behind a NAT gateway', { ...LIVE, egress: { kind: 'static', nat: 'gateway' } }],
    ['a live key of Kiwoom behind a NAT instance', { ...LIVE, egress: { kind: 'static', nat: 'instance' } }],
    ['a live key of Kiwoom in a VPC that exists', { ...LIVE, egress: VPC }],
    [
      'a live key of Kiwoom that needs no registered address',
      kiwoom({ market: 'live', allowPublicEgress: true }),
    ],
    ['public egress in so many words', { ...BOTH, egress: 'public' }],
    ['parameters that stay', { ...BOTH, keepParameters: true }],
    ['a secret by ARN', kis({ secret: { arn: ARN } })],
    ['a secret to be created', kis({ secret: { create: true } })],
    [
      'secrets to be created, twice',
      {
        credentials: [
          { ...KIS, secret: { create: true } },
          { ...KIWOOM, secret: { create: true } },
        ],
      },
    ],
    [
      'a deep prefix and an address',
      { ...BOTH, parameterPrefix: '/prod/eu_1/tok.ens', alarmEmail: 'me@example.com' },
    ],
    ['a comment', { '//': 'paper only', ...BOTH }],
  ])('%s', ([, input]) => {
    expect(() => parseBrokerTokens(input)).not.toThrow();
  });
});
