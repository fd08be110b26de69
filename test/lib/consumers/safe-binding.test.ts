import { App, Stack } from 'aws-cdk-lib';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, ArnPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Alias, type IVersion, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test, vi } from 'vitest';
import { BrokerCredential, type CredentialProps, type ReaderHost } from '../../../lib/index.ts';
import { createTokenReader } from '../../../reader/index.ts';
import {
  BOTH_BROKERS,
  consumerFunction,
  createRefresher,
  createStack,
  policyLines,
  policyOf,
  propertiesOf,
  Template,
  testApp,
} from '../synth.ts';

const SEOUL = { account: '123456789012', region: 'ap-northeast-2' };
const TOKYO = { ...SEOUL, region: 'ap-northeast-1' };
const OTHER = { ...SEOUL, account: '111122223333' };
const FUNCTION_ARN = 'arn:aws:lambda:ap-northeast-2:123456789012:function:trader';

/**
 * Creates a refresher in Seoul with the parameter prefix `/<id>` and one credential, and returns the
 * credential.
 */
function credentialIn(app: App, id = 'kis', own: Partial<CredentialProps> = {}): BrokerCredential {
  const stack = new Stack(app, `Tokens-${id}`, { env: SEOUL });
  const refresher = createRefresher(stack, { parameterPrefix: `/${id}` });
  const secret = Secret.fromSecretNameV2(stack, 'Secret', id);
  return refresher.addCredential(id, { broker: 'kis', market: 'paper', secret, ...own });
}

function consumerStack(app: App, env: { account: string; region: string } | undefined = SEOUL): Stack {
  return new Stack(app, 'Trading', { env });
}

const lambdaRole = (scope: Stack) =>
  new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

test.for<[sentence: string, host: (app: App) => unknown, message: RegExp]>([
  [
    'an alias of a function',
    (app) => {
      // exactOptionalPropertyTypes requires the cast, because the class declares properties as `| undefined`.
      const version = consumerFunction(consumerStack(app)).currentVersion as IVersion;
      return new Alias(version, 'Alias', { aliasName: 'live', version });
    },
    /an alias or version.*bind the function itself/s,
  ],
  [
    'an imported function',
    (app) => LambdaFunction.fromFunctionArn(consumerStack(app), 'Imported', FUNCTION_ARN),
    /Trading\/Imported.*an imported resource.*grantRead and grantReport.*BROKER_TOKENS_CREDENTIAL=kis/s,
  ],
  [
    'a role',
    (app) => lambdaRole(consumerStack(app)),
    /a role or other principal.*BROKER_TOKENS_PREFIX=\/kis/s,
  ],
  [
    'a task definition without a container',
    (app) => new FargateTaskDefinition(consumerStack(app), 'Task'),
    /without a container.*call addContainer before bindReader/s,
  ],
  ['nothing', () => undefined, /got: +nothing.*pass the construct/s],
  ['a name', () => 'trader', /got: +"trader".*pass the construct/s],
  [
    'a function of a different account',
    (app) => consumerFunction(consumerStack(app, OTHER)),
    /the account 111122223333.*docs\/consumers-other\.md/s,
  ],
  [
    'a function of a different region',
    (app) => consumerFunction(consumerStack(app, TOKYO)),
    /the region ap-northeast-1.*SSMClient of that region/s,
  ],
])('bindReader rejects %s, and its error message contains a fix', ([, host, message]) => {
  const app = new App();
  const credential = credentialIn(app);
  expect(() => credential.bindReader(host(app) as ReaderHost)).toThrow(message);
});

test('createTokenReader requires a credential id in a program that is bound to two credentials', () => {
  const { refresher } = createStack(BOTH_BROKERS);
  const consumer = consumerFunction(refresher);
  for (const credential of refresher.credentials) credential.bindReader(consumer, { report: false });
  const Variables = {
    BROKER_TOKENS_CREDENTIAL: 'kis-paper,kiwoom-paper',
    BROKER_TOKENS_PREFIX: '/broker-tokens',
  };
  const functions = propertiesOf(Template.fromStack(Stack.of(refresher)), 'AWS::Lambda::Function');
  expect(functions.map(({ Environment }) => Environment)).toContainEqual({ Variables });
  for (const [name, value] of Object.entries(Variables)) vi.stubEnv(name, value);
  try {
    expect(() => createTokenReader()).toThrow(/got "kis-paper,kiwoom-paper". Set the option/);
    expect(() => createTokenReader({ credential: 'kis-paper' })).not.toThrow();
  } finally {
    vi.unstubAllEnvs();
  }
});

describe('bindReader with two refreshers', () => {
  test('rejects a function that is bound to a credential below a different parameter prefix', () => {
    const app = new App();
    const consumer = consumerFunction(consumerStack(app));
    credentialIn(app, 'kis').bindReader(consumer);
    const second = credentialIn(app, 'paper');
    const message = /below \/kis, and now to one below \/paper.*credential: "paper", prefix: "\/paper"/s;
    expect(() => second.bindReader(consumer)).toThrow(message);
  });

  test('accepts two containers of one task, each bound to a different refresher', () => {
    const app = new App();
    const task = new FargateTaskDefinition(consumerStack(app), 'Task');
    for (const id of ['kis', 'paper']) {
      const container = task.addContainer(id, { image: ContainerImage.fromRegistry('fake') });
      expect(() => credentialIn(app, id).bindReader(container)).not.toThrow();
    }
  });

  test('accepts a consumer whose account and region are unknown at synth', () => {
    const app = new App();
    const consumer = consumerFunction(new Stack(app, 'Trading'));
    expect(() => credentialIn(app).bindReader(consumer, { report: false })).not.toThrow();
  });
});

describe('grantRead and grantReport', () => {
  test.for<[sentence: string, grantee: (app: App) => Parameters<BrokerCredential['grantRead']>[0], RegExp]>([
    ['a different account', () => new AccountPrincipal(OTHER.account), /the account 111122223333/],
    [
      'a role of a different account',
      (app) => lambdaRole(consumerStack(app, OTHER)),
      /the account 111122223333/,
    ],
    [
      'an imported function without its role',
      (app) => LambdaFunction.fromFunctionArn(consumerStack(app), 'Imported', FUNCTION_ARN),
      /without its role.*fromFunctionAttributes/s,
    ],
    ['a service', () => new ServicePrincipal('lambda.amazonaws.com'), /without policies.*grant the role/s],
    [
      'the ARN of a role',
      () => new ArnPrincipal('arn:aws:iam::123456789012:role/trader'),
      /without policies.*Role\.fromRoleArn/s,
    ],
  ])('reject %s', ([, grantee, message]) => {
    const app = new App();
    const credential = credentialIn(app);
    const to = grantee(app);
    expect(() => credential.grantRead(to)).toThrow(message);
    expect(() => credential.grantReport(to)).toThrow(message);
  });

  test('accept a role of a different region, because IAM is global', () => {
    const app = new App();
    const grant = credentialIn(app).grantRead(lambdaRole(consumerStack(app, TOKYO)));
    expect(grant.success).toBe(true);
  });
});

test('bindReader grants access to an app key in a different stack without a cyclic stack dependency', () => {
  const app = testApp();
  const keys = new Stack(app, 'Keys', { env: SEOUL });
  const encryptionKey = new Key(keys, 'Key');
  const secret = new Secret(keys, 'Secret', { encryptionKey }) as ISecret;
  const credential = credentialIn(app, 'kis', { secret });
  const stack = consumerStack(app);
  credential.bindReader(consumerFunction(stack), { appKey: true });
  app.synth();
  // The diagram in docs/stack-layout.md shows these stack dependencies.
  const needs = ({ dependencies }: Stack) => dependencies.map(({ stackName }) => stackName).sort();
  expect(needs(stack)).toEqual(['Keys', 'Tokens-kis']);
  expect(needs(Stack.of(credential))).toEqual(['Keys']);
  expect(needs(keys)).toEqual([]);
  const allowed = policyLines(policyOf(Template.fromStack(stack), 'ConsumerServiceRole'));
  expect(allowed.filter((line) => line.includes('secretsmanager'))).toEqual([
    expect.stringMatching(
      /^kms:Decrypt .* if StringEquals kms:ViaService=secretsmanager\.ap-northeast-2\.amazonaws/,
    ),
    expect.stringMatching(/^secretsmanager:DescribeSecret /),
    expect.stringMatching(/^secretsmanager:GetSecretValue /),
  ]);
  expect(JSON.stringify(Template.fromStack(keys).findResources('AWS::KMS::Key'))).not.toContain('Trading');
});

test.for([
  ['region', TOKYO, /the region ap-northeast-1.*the region of the refresher, ap-northeast-2/s],
  ['account', OTHER, /the account 111122223333.*create a secret with the app key there/s],
] as const)('addCredential rejects a secret of a different %s', ([, { account, region }, message]) => {
  const app = new App();
  const arn = `arn:aws:secretsmanager:${region}:${account}:secret:kis-AbCdEf`;
  const secret = Secret.fromSecretCompleteArn(new Stack(app, 'Secrets'), 'Secret', arn);
  expect(() => credentialIn(app, 'kis', { secret })).toThrow(message);
});

test('the constructor of BrokerCredential throws an error that suggests addCredential', () => {
  const Untyped = BrokerCredential as unknown as new (scope: Stack, id: string, props?: object) => unknown;
  const stack = new Stack();
  for (const props of [undefined, { spec: { broker: 'kis' } }])
    expect(() => new Untyped(stack, 'kis', props)).toThrow(/use refresher\.addCredential/);
});
