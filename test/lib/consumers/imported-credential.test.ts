import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { expect, test } from 'vitest';
import {
  BrokerCredential,
  type BrokerCredentialAttributes,
  type IBrokerCredential,
} from '../../../lib/index.ts';
import { consumerFunction, createRefresher, policyLines, policyOf, resources, Template } from '../synth.ts';

const env = { account: '123456789012', region: 'ap-northeast-2' };
const SECRET = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:kis-AbCdEf';
const KEY = 'arn:aws:kms:ap-northeast-2:123456789012:key/fake';
const TOPIC = 'arn:aws:sns:ap-northeast-2:123456789012:Tokens-reports-kis-main.fifo';
const ATTRIBUTES = { credentialId: 'kis-main', tokenKeyArn: KEY, reportTopicArn: TOPIC };

/** Binds a function to a credential, and returns the policy and the environment variables of the function. */
function bound(stack: Stack, credential: IBrokerCredential) {
  credential.bindReader(consumerFunction(stack), { appKey: true });
  const template = Template.fromStack(stack);
  const [consumer] = [...resources(template, 'AWS::Lambda::Function')].filter(([id]) => id.startsWith('Con'));
  return JSON.stringify([policyOf(template, 'ConsumerServiceRole'), consumer?.[1].Properties['Environment']]);
}

test('an imported credential grants a consumer the same access as the original construct', () => {
  const owner = new Stack(new App(), 'Tokens', { env });
  const secret = Secret.fromSecretCompleteArn(owner, 'Secret', SECRET);
  const props = { broker: 'kis', market: 'paper', secret } as const;
  const refresher = createRefresher(owner);
  const own = refresher.addCredential('kis-main', props);
  const inOwnApp = bound(owner, own);

  const stack = new Stack(new App(), 'Trading', { env });
  const imported = BrokerCredential.fromAttributes(stack, 'Kis', {
    ...ATTRIBUTES,
    secret: Secret.fromSecretCompleteArn(stack, 'Secret', SECRET),
  });
  const inDifferentApp = bound(stack, imported);

  const keyArn = JSON.stringify(owner.resolve(refresher.tokenKey.keyArn));
  const topicArn = JSON.stringify(owner.resolve(own.reportTopic.topicArn));
  expect(inOwnApp.replaceAll(keyArn, `"${KEY}"`).replaceAll(topicArn, `"${TOPIC}"`)).toBe(inDifferentApp);
  expect(inDifferentApp).toContain('BROKER_TOKENS_APP_KEY_KIS_MAIN');
});

test('fromCredentialId grants the use of any KMS key of the account, but only to decrypt the token parameter', () => {
  const stack = new Stack(new App(), 'Trading', { env });
  const credential = BrokerCredential.fromCredentialId(stack, 'Kis', 'kis-main', '/live');
  credential.bindReader(consumerFunction(stack), { report: false });
  const below = 'arn:<AWS::Partition>:ssm:ap-northeast-2:123456789012:parameter/live/kis-main';
  expect(policyLines(policyOf(Template.fromStack(stack), 'ConsumerServiceRole'))).toEqual([
    'kms:Decrypt arn:<AWS::Partition>:kms:ap-northeast-2:123456789012:key/* ' +
      'if StringEquals kms:ViaService=ssm.ap-northeast-2.amazonaws.com and ' +
      `StringEquals kms:EncryptionContext:PARAMETER_ARN=${below}/token`,
    `ssm:GetParameter ${below}/state`,
    `ssm:GetParameter ${below}/token`,
    `ssm:GetParameters ${below}/state`,
    `ssm:GetParameters ${below}/token`,
  ]);
});

test.for<[sentence: string, own: object, options: object, message: RegExp]>([
  ['reports without a topic', { reportTopicArn: undefined }, {}, /reportTopicArn.*report: false/s],
  [
    'an app key without its secret',
    {},
    { appKey: true },
    /appKey.*pass `secret` to BrokerCredential.fromAttributes/s,
  ],
  ['an invalid id', { credentialId: 'KIS main' }, {}, /credentialId\n.*use "kis-main"/s],
  ['a prefix without a slash', { parameterPrefix: 'live' }, {}, /parameterPrefix\n.*use "\/live"/s],
  ['a key that is no ARN', { tokenKeyArn: 'alias/tokens' }, {}, /tokenKeyArn\n.*use the output TokenKeyArn/s],
  ['a topic that is no ARN', { reportTopicArn: 'reports' }, {}, /reportTopicArn\n.*a FIFO topic/s],
  [
    'a topic of a different region',
    { reportTopicArn: TOPIC.replace('northeast-2', 'northeast-1') },
    {},
    /reportTopicArn\n.*the region ap-northeast-1.*this stack, ap-northeast-2/s,
  ],
  [
    'a key of a different account',
    { tokenKeyArn: KEY.replace('123456789012', '111122223333') },
    {},
    /tokenKeyArn\n.*the account 111122223333/s,
  ],
  [
    'the topic of a different credential',
    { credentialId: 'kis-other' },
    {},
    /reportTopicArn\n.*"-reports-kis-other.fifo"/s,
  ],
  ['a misspelt attribute', { tokenkeyArn: KEY }, {}, /did you mean "tokenKeyArn"\?/],
])('an imported credential rejects %s', ([, own, options, message]) => {
  const stack = new Stack(new App(), 'Trading', { env });
  const attributes = { ...ATTRIBUTES, ...own } as BrokerCredentialAttributes;
  const bind = () =>
    BrokerCredential.fromAttributes(stack, 'Kis', attributes).bindReader(consumerFunction(stack), options);
  expect(bind).toThrow(message);
});

test('an imported credential rejects a secret of a different account', () => {
  const stack = new Stack(new App(), 'Trading', { env });
  const arn = SECRET.replace('123456789012', '111122223333');
  const secret = Secret.fromSecretCompleteArn(stack, 'Secret', arn);
  const create = () => BrokerCredential.fromAttributes(stack, 'Kis', { ...ATTRIBUTES, secret });
  expect(create).toThrow(/secret\n.*the account 111122223333/);
});

test('an imported credential accepts ARNs that are resolved at deployment', () => {
  const stack = new Stack(new App(), 'Trading', { env });
  const [tokenKeyArn, reportTopicArn] = ['Key', 'Topic'].map(
    (name) => new CfnParameter(stack, name).valueAsString,
  );
  const attributes = { credentialId: 'kis-main', tokenKeyArn, reportTopicArn };
  BrokerCredential.fromAttributes(stack, 'Kis', attributes).bindReader(consumerFunction(stack));
  const policy = JSON.stringify(policyOf(Template.fromStack(stack), 'ConsumerServiceRole'));
  for (const name of ['Key', 'Topic']) expect(policy).toContain(`{"Ref":"${name}"}`);
});
