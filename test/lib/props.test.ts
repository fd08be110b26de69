import { CfnParameter, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { CfnParameter as CfnStringParameter } from 'aws-cdk-lib/aws-ssm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../lambdas/shared/credential.ts';
import {
  ConfigurationError,
  type CredentialProps,
  TokenRefresher,
  type TokenRefresherProps,
} from '../../lib/index.ts';
import { Template, testApp, valueText } from './synth.ts';

const code = Code.fromInline('exports.handler = async () => {};');
const assets = { refresher: code, fleetMonitor: code, cleanup: code };
const GATEWAY = { kind: 'static', nat: 'gateway' };
const SEOUL = { days: ['mon'], from: '09:00', to: '20:00', timeZone: 'Asia/Seoul' };

/** Props that a caller in untyped JavaScript can pass. */
type Untyped = Readonly<Record<string, unknown>>;

function refresherWith(props: unknown = {}, stack = new Stack(testApp(), 'Trading')): TokenRefresher {
  const all = typeof props === 'object' ? { assets, ...props } : props;
  return new TokenRefresher(stack, 'Tokens', all as TokenRefresherProps);
}

/** Adds a KIS credential with default props, which `own` overrides. */
function addTo(refresher: TokenRefresher, own: Untyped, id: unknown = 'kis-main') {
  const secret = Secret.fromSecretNameV2(refresher, 'Secret', 'kis');
  const props = { broker: 'kis', market: 'paper', secret, ...own };
  return refresher.addCredential(id as string, props as unknown as CredentialProps);
}

function problemsOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ path, allowed, fix }) => [path, `${allowed} | ${fix}`] as const);
    throw error;
  }
  throw new Error('The props were accepted');
}

describe('addCredential', () => {
  const session = (own: Untyped) => ({ sessions: [{ ...SEOUL, ...own }] });
  const liveKiwoom = { broker: 'kiwoom', market: 'live' };
  test.for<[sentence: string, own: Untyped, path: string, hint: string]>([
    ['a time zone that is an offset', session({ timeZone: '+09:00' }), 'sessions[0].timeZone', 'IANA'],
    ['a time without a colon', session({ from: '0800' }), 'sessions[0].from', 'two digits'],
    ['a time with seconds', session({ from: '08:00:00' }), 'sessions[0].from', 'two digits'],
    ['a secret that is a string', { secret: 'trading/kis' }, 'secret', 'Secret.fromSecretNameV2'],
    ['renewEarly that is a boolean', { renewEarly: true }, 'renewEarly', '"revoke" or "wait"'],
    ['a margin that is a string', { renewBefore: '60m' }, 'renewBefore', 'use Duration.minutes(60)'],
    ['a margin of half a second', { renewBefore: Duration.millis(500) }, 'renewBefore', 'whole seconds'],
    ['a margin that a rule forbids', { renewBefore: Duration.hours(13) }, 'renewBefore', 'at most "12h"'],
    ['a live key of Kiwoom with public egress', liveKiwoom, 'egress', 'set allowPublicEgress to true'],
    ['a misspelt option', { renewBefor: Duration.hours(1) }, 'renewBefor', 'did you mean "renewBefore"?'],
    ['an interval that is a number', { minimumInterval: 300 }, 'minimumInterval', 'Duration.minutes(5)'],
  ])('rejects %s', ([, own, path, hint]) => {
    const [problem, ...others] = problemsOf(() => addTo(refresherWith(), own));
    expect(others).toEqual([]);
    expect(problem?.[0]).toBe(path);
    expect(problem?.[1]).toContain(hint);
  });

  test.for([undefined, null, 'kis', 7])('rejects the value %o instead of a props object', (props) => {
    const add = () => refresherWith().addCredential('a', props as unknown as CredentialProps);
    expect(problemsOf(add).length).toBeGreaterThan(0);
  });

  test('rejects a config that the function cannot parse', () => {
    const secret = { secretArn: '', grantRead: () => undefined, node: new Stack().node };
    expect(problemsOf(() => addTo(refresherWith(), { secret }))).toEqual([
      ['config', expect.stringContaining('can parse')],
    ]);
  });

  test('rejects CDK tokens, because their values are unknown at synth', () => {
    const refresher = refresherWith();
    const text = new CfnParameter(refresher, 'Text');
    const number = new CfnParameter(refresher, 'Number', { type: 'Number' }).valueAsNumber;
    const tokens = {
      renewBefore: Duration.minutes(number),
      maxIssuesPerDay: number,
      market: text.valueAsString,
    };
    const problems = problemsOf(() => addTo(refresher, tokens, text.valueAsString));
    expect(problems.map(([path]) => path).sort()).toEqual(['id', 'market', 'maxIssuesPerDay', 'renewBefore']);
    for (const [, help] of problems) expect(help).toContain('known at synth');
  });
});

describe('TokenRefresher', () => {
  const minutesOf = (stack: Stack) =>
    Duration.minutes(new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber);
  const asIs = (props: unknown) => () => props;
  test.for<[sentence: string, props: (stack: Stack) => unknown, path: string, hint: string]>([
    [
      'an allocation id that is a number',
      asIs({ egress: { ...GATEWAY, allocationId: 5 } }),
      'egress',
      'copy alloc',
    ],
    [
      'keepAddress that is a string',
      asIs({ egress: { ...GATEWAY, keepAddress: 'yes' } }),
      'egress',
      'true or false',
    ],
    ['a log retention of 17 days', asIs({ logRetention: 17 }), 'logRetention', 'RetentionDays.THREE_MONTHS'],
    [
      'a VPC of cdk.json',
      asIs({ egress: { kind: 'vpc', vpcId: 'vpc-0' } }),
      'egress',
      'Vpc.fromVpcAttributes',
    ],
    ['an invalid e-mail address', asIs({ alarmEmail: 'nope' }), 'alarmEmail', 'e-mail'],
    ['a check interval that is a string', asIs({ checkEvery: '5m' }), 'checkEvery', 'Duration.minutes(5)'],
    [
      'a check interval that is a CDK token',
      (stack) => ({ checkEvery: minutesOf(stack) }),
      'checkEvery',
      'known at synth',
    ],
    [
      'a runbook URL that is a CDK token',
      (stack) => ({ runbookUrl: new CfnParameter(stack, 'Url').valueAsString }),
      'runbookUrl',
      'known at synth',
    ],
    ['a name prefix with a slash', asIs({ namePrefix: 'a/b' }), 'namePrefix', 'at most 45 characters'],
    ['a former path that starts with "/"', asIs({ formerPath: '/Tokens' }), 'formerPath', 'such as "Tokens"'],
    ['props that are a string', asIs('props'), 'props', 'an object'],
  ])('rejects %s', ([, props, path, hint]) => {
    const stack = new Stack(testApp(), 'Trading');
    const problems = problemsOf(() => refresherWith(props(stack), stack));
    expect(problems.map(([each]) => each)).toContain(path);
    expect(problems.join()).toContain(hint);
  });

  test('requires a namePrefix in a nested stack, because the name of a nested stack is unknown at synth', () => {
    const stack = new Stack(testApp(), 'Trading');
    const nested = new NestedStack(stack, 'Nested');
    const inNested = () => refresherWith({}, new NestedStack(stack, 'Other'));
    expect(problemsOf(inNested)[0]).toEqual(['namePrefix', expect.stringContaining('known at synth')]);
    expect(refresherWith({ namePrefix: 'trading' }, nested).namePrefix).toBe('trading');
  });

  test('accepts an alarmEmail that is a CDK token, because CloudFormation resolves CDK tokens at deployment', () => {
    const stack = new Stack(testApp(), 'Trading');
    const alarmEmail = new CfnParameter(stack, 'Email').valueAsString;
    refresherWith({ alarmEmail }, stack);
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', { Endpoint: { Ref: 'Email' } });
  });
});

/** Returns a generator that produces mostly valid, and sometimes invalid or arbitrary values of a field. */
const value = (valid: readonly unknown[], invalid: readonly unknown[] = []) =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...valid) },
    { weight: 1, arbitrary: fc.constantFrom(...invalid, null, '') },
    { weight: 1, arbitrary: fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }) },
  );
const EIP = 'eipalloc-0123456789abcdef0';
const minutes = (...list: readonly number[]) => list.map((each) => Duration.minutes(each));
const credentials = fc.record(
  {
    // The helper addTo would replace an undefined id with a valid id.
    id: value(['kis-main', 'a', 'a'.repeat(40)], ['A', 'a'.repeat(41)]).filter((id) => id !== undefined),
    formerId: value([undefined, 'b'], ['a', 'B']),
    broker: value(['kis', 'kiwoom'], ['KIS']),
    market: value(['live', 'paper'], ['prod']),
    renewBefore: value([undefined, ...minutes(60, 180)], [...minutes(1, 800), Duration.millis(1), '60m']),
    minimumInterval: value([undefined], minutes(2, 5, 90)),
    sessions: value([undefined, [], [{ preset: 'us' }], [SEOUL]], [[{ ...SEOUL, from: '0800' }], ['krx']]),
    maxIssuesPerDay: value([undefined, 2, 32], [33, 2.5, Number.NaN, '8']),
    renewEarly: value([undefined, 'wait'], ['revoke', true]),
    allowPublicEgress: value([true], [undefined, false]),
  },
  { requiredKeys: ['id', 'broker', 'market', 'allowPublicEgress'] },
);
const refreshers = fc.record(
  {
    parameterPrefix: value([undefined, '/a/b'], ['/aws', 'a', '/a/']),
    formerPath: value([undefined, 'Tokens', 'A/B'], ['/A', 'A/']),
    namePrefix: value([undefined, 'a'], ['a/b', 'a'.repeat(46)]),
    runbookUrl: value([undefined, 'https://example.com/runbook'], ['runbook.md', 'https://example.com/#a']),
    checkEvery: value([undefined, ...minutes(1, 5)], [...minutes(0, 13), '5m', 5]),
    egress: value(
      [undefined, 'public', GATEWAY, { ...GATEWAY, keepAddress: true }, { ...GATEWAY, allocationId: EIP }],
      ['pulic', { kind: 'static' }, { ...GATEWAY, allocationId: EIP, keepAddress: true }],
    ),
    fleet: value([undefined, {}, { secretPrefix: 'a/' }], [true, { secretPrefix: 'a' }]),
  },
  { requiredKeys: [] },
);

test('addCredential, for any input, throws a ConfigurationError or writes a config that the function can parse', () => {
  let accepted = 0;
  fc.assert(
    fc.property(credentials, refreshers, ({ id, ...own }, props) => {
      const stack = new Stack(testApp(), 'Trading');
      try {
        const config = addTo(refresherWith(props, stack), own, id).node.findChild('Config');
        // The test resolves only this value, because synthesizing the template for each input would be slow.
        const value = stack.resolve((config.node.defaultChild as CfnStringParameter).value);
        expect(parseConfig(valueText(value))).toMatchObject({ ok: true, config: { id } });
        accepted += 1;
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        for (const { path } of error.problems) expect(path).not.toBe('');
      }
    }),
    { numRuns: 150 },
  );
  expect(accepted).toBeGreaterThan(5);
});
