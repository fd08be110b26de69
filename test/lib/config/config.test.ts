import { expect, test } from 'vitest';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { BOTH_BROKERS, configsOf, KIS, KIWOOM, templateOf } from '../synth.ts';
import { kis, kiwoom, rejection, SEOUL_SESSION } from './rejected-configurations.ts';

test('parseBrokerTokens reports all problems in one error with path, actual value, allowed values and fix', () => {
  const { message, problems, code } = rejection({
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

test('parseBrokerTokens reports a problem only once if several credentials have the same problem', () => {
  const paths = rejection({ ...BOTH_BROKERS, checkEvery: '90s' }).problems.map(({ path }) => path);
  expect(paths).toEqual(['checkEvery']);
});

test('parseBrokerTokens rejects an app key as the name of a secret, and its error does not contain the key', () => {
  const key = 'PSabcdefghijklmnopqrstuvwxyz01234567';
  const inputs = [key, { name: `${key} ` }, { arn: key }, { appkey: key, appsecret: key }, [key]];
  for (const secret of inputs) expect(rejection(kis({ secret })).message).not.toContain(key);
});

test('parseBrokerTokens returns a default for each missing setting of the stack', () => {
  expect(parseBrokerTokens({ ...BOTH_BROKERS, fleet: {} }).fleet).toEqual({ secretPrefix: 'broker-tokens/' });
  expect(parseBrokerTokens({ credentials: [KIS] })).toEqual({
    parameterPrefix: '/broker-tokens',
    checkEvery: 300,
    responseTime: 900,
    keepParameters: false,
    egress: 'public',
    credentials: [{ ...KIS, allowPublicEgress: false }],
  });
});

test.for([
  ['kis', 'live', 3600, 8, 'wait'],
  ['kis', 'paper', 3 * 3600, 8, 'wait'],
  ['kiwoom', 'live', 3 * 3600, 24, 'revoke'],
  ['kiwoom', 'paper', 3 * 3600, 24, 'revoke'],
] as const)(
  'a credential without settings gets the default settings for the broker %s and the market %s',
  ([broker, market, renewBeforeSeconds, maxIssuesPerDay, renewEarly]) => {
    const configs = configsOf(
      templateOf({ credentials: [{ ...KIS, broker, market, allowPublicEgress: true }] }),
    );
    const sessions = [{ preset: 'nxt' }];
    expect(configs).toMatchObject([{ renewBeforeSeconds, maxIssuesPerDay, renewEarly, sessions }]);
  },
);

test('a setting of a credential replaces the default or the setting of the stack', () => {
  const own = { sessions: [], renewEarly: 'wait', maxIssuesPerDay: 4, renewBefore: '90m' };
  expect(
    configsOf(templateOf({ renewBefore: '2h', credentials: [KIS, { ...KIWOOM, ...own }] })),
  ).toMatchObject([
    { renewBeforeSeconds: 7200 },
    { renewBeforeSeconds: 5400, sessions: [], renewEarly: 'wait', maxIssuesPerDay: 4 },
  ]);
});

test.for<[sentence: string, input: unknown]>([
  ['each preset', kis({ sessions: [{ preset: 'krx' }, { preset: 'nxt' }] })],
  ['Seoul and New York together', kis({ sessions: [{ preset: 'nxt' }, { preset: 'us' }] })],
  ['a session over midnight', kis({ sessions: [{ ...SEOUL_SESSION, from: '22:30', to: '05:00' }] })],
  [
    'the longest margins',
    {
      credentials: [
        { ...KIS, renewBefore: '12h', sessions: [] },
        { ...KIWOOM, renewBefore: '6h' },
      ],
    },
  ],
  ['the shortest interval with a short margin', { ...BOTH_BROKERS, checkEvery: '1m', renewBefore: '40m' }],
  ['the longest interval', { ...BOTH_BROKERS, checkEvery: '12m', renewBefore: '2h' }],
  ['options of KIS', kis({ minimumInterval: '300s', maxIssuesPerDay: 32 })],
  ['options of Kiwoom', kiwoom({ renewEarly: 'revoke', maxIssuesPerDay: 2 })],
  ['renewEarly "wait" for KIS', kis({ renewEarly: 'wait' })],
  ['public egress', { ...BOTH_BROKERS, egress: 'public' }],
  [
    'two secrets that are to be created',
    {
      credentials: [
        { ...KIS, secret: { create: true } },
        { ...KIWOOM, secret: { create: true } },
      ],
    },
  ],
  [
    'a deep prefix and an address',
    { ...BOTH_BROKERS, parameterPrefix: '/prod/eu_1/tok.ens', alarmEmail: 'me@example.com' },
  ],
  ['a comment', { '//': 'paper only', ...BOTH_BROKERS }],
])('parseBrokerTokens accepts %s', ([, input]) => {
  expect(() => parseBrokerTokens(input)).not.toThrow();
});
