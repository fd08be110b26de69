import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import { emptySecret, type TokenRefresher, type TokenRefresherProps } from '../../lib/index.ts';
import { createRefresher, createStack, KIS } from './synth.ts';

const SEOUL = { account: '123456789012', region: 'ap-northeast-2' };
const TOKYO = { ...SEOUL, region: 'ap-northeast-1' };
const ARN = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:kis-AbCdEf';

function add(refresher: TokenRefresher, id: string, secret: ISecret): void {
  refresher.addCredential(id, { broker: 'kis', market: 'paper', secret });
}

const named = (refresher: TokenRefresher, name = 'kis') =>
  Secret.fromSecretNameV2(refresher, `Secret-${name}`, name);

describe('in one account and region,', () => {
  test.for<[sentence: string, second: (app: App, first: Stack) => Stack]>([
    ['in one stack', (_app, first) => first],
    ['in two stacks', (app) => new Stack(app, 'Second', { env: SEOUL })],
    ['in a nested stack', (_app, first) => new NestedStack(first, 'Nested')],
  ])('two refreshers %s cannot have the same namePrefix', ([, second]) => {
    const app = new App();
    const first = new Stack(app, 'First', { env: SEOUL });
    createRefresher(first, { namePrefix: 'tokens' });
    const again = () => createRefresher(second(app, first), { namePrefix: 'tokens' }, 'Again');
    expect(again).toThrow(/namePrefix\n.*the same as in First\/Tokens/);
  });

  test('two credentials cannot have the same parameter prefix and the same id in two stacks', () => {
    const app = new App();
    const [first, second] = ['First', 'Second'].map((name) =>
      createRefresher(new Stack(app, name, { env: SEOUL })),
    );
    if (first === undefined || second === undefined) throw new Error('There are not two stacks');
    add(first, 'kis-main', named(first));
    expect(() => add(second, 'kis-main', named(second, 'other'))).toThrow(/id\n.*First\/Tokens\/kis-main/);
    expect(() => add(second, 'kis-other', named(second, 'third'))).not.toThrow();
  });

  test('two credentials cannot use the same secret in two stacks, whether by name or by ARN', () => {
    const app = new App();
    const first = createRefresher(new Stack(app, 'First', { env: SEOUL }));
    const second = createRefresher(new Stack(app, 'Second', { env: SEOUL }));
    add(first, 'one', named(first));
    const byArn = Secret.fromSecretCompleteArn(second, 'ByArn', ARN);
    expect(() => add(second, 'two', byArn)).toThrow(/secret\n.*the same as in First\/Tokens\/one/);
  });

  test('two credentials cannot use the same secret in cdk.json', () => {
    const twice = () => createStack({ credentials: [KIS, { ...KIS, id: 'other' }] });
    expect(twice).toThrow(/secret\n.*the same as in BrokerTokens\/TokenRefresher\/kis-paper/);
    expect(twice).toThrow('its own app key');
  });

  test('two credentials can each have a secret that the stack creates', () => {
    const refresher = createRefresher(new Stack(new App(), 'First', { env: SEOUL }));
    add(refresher, 'one', emptySecret(refresher, 'One', 'one'));
    expect(() => add(refresher, 'two', emptySecret(refresher, 'Two', 'two'))).not.toThrow();
  });
});

test('two refreshers in different regions can have the same namePrefix', () => {
  const app = new App();
  for (const [name, env] of [['Seoul', SEOUL] as const, ['Tokyo', TOKYO] as const]) {
    const refresher = createRefresher(new Stack(app, name, { env }), { namePrefix: 'tokens' });
    expect(() => add(refresher, 'kis-main', named(refresher))).not.toThrow();
  }
});

test('two refreshers in stacks without account and region can have the same namePrefix, but synthesis prints a warning', () => {
  const app = new App();
  const stacks = ['First', 'Second'].map((name) => new Stack(app, name));
  for (const stack of stacks) {
    const refresher = createRefresher(stack);
    add(refresher, 'kis-main', named(refresher));
  }
  const [first, second] = stacks.map((stack) => Annotations.fromStack(stack));
  first?.hasNoWarning('*', Match.anyValue());
  second?.hasWarning('/Second/Tokens', Match.stringLikeRegexp('First/Tokens/kis-main'));
});

test.for<[sentence: string, first: TokenRefresherProps, second: TokenRefresherProps, message: RegExp]>([
  [
    'two fleets cannot have the same parameterPrefix',
    { fleet: {} },
    { fleet: {} },
    /parameterPrefix\n.*fleet/,
  ],
  [
    'a namePrefix cannot be the schedule group of a fleet',
    { namePrefix: 'tokens', fleet: {} },
    { namePrefix: 'tokens-fleet', parameterPrefix: '/other' },
    /namePrefix\n.*the schedule group "tokens-fleet", the same as in First/,
  ],
])('%s', ([, first, second, message]) => {
  const app = new App();
  createRefresher(new Stack(app, 'First', { env: SEOUL }), first);
  expect(() => createRefresher(new Stack(app, 'Second', { env: SEOUL }), second)).toThrow(message);
});

test('addCredential rejects an id if namePrefix and id form the rule name of a different credential', () => {
  const app = new App();
  const [first, second] = ['a', 'a-b'].map((namePrefix) =>
    createRefresher(new Stack(app, namePrefix, { env: SEOUL }), {
      namePrefix,
      parameterPrefix: `/${namePrefix}`,
    }),
  );
  if (first === undefined || second === undefined) throw new Error('There are not two refreshers');
  add(first, 'b-c', named(first));
  expect(() => add(second, 'c', named(second, 'other'))).toThrow(/namePrefix\n.*"a-b-c", the same as in a\//);
});
