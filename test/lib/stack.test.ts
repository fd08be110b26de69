import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import {
  BOTH_BROKERS,
  configsOf,
  createStack,
  KIS,
  KIWOOM,
  manyCredentials,
  onlyResource,
  propertiesOf,
  refresherResource,
  Template,
  templateOf,
  valueText,
} from './synth.ts';

const template = templateOf({ ...BOTH_BROKERS, alarmEmail: 'me@example.com' });
const INBOX = { FifoQueue: true, QueueName: 'BrokerTokens-inbox.fifo' };

test('the function runs on Node.js 24 and arm64, with a timeout 150 s longer than the check interval', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    Timeout: 300 + 150,
    LoggingConfig: { LogFormat: 'JSON' },
    ReservedConcurrentExecutions: Match.absent(),
  });
});

test('the environment variables of the function are the parameter prefix, the stack name and the KMS key', () => {
  const [, { Properties }] = refresherResource(template, 'AWS::Lambda::Function');
  const [key] = onlyResource(template, 'AWS::KMS::Key');
  expect(Properties['Environment']).toEqual({
    Variables: {
      PARAMETER_PREFIX: '/broker-tokens',
      NAME_PREFIX: 'BrokerTokens',
      TOKEN_KEY_ARN: { 'Fn::GetAtt': [key, 'Arn'] },
      POWERTOOLS_SERVICE_NAME: 'broker-token-refresher',
      POWERTOOLS_METRICS_NAMESPACE: 'BrokerTokens',
    },
  });
});

test('both queues are encrypted FIFO queues; the inbox retains messages for two hours, and failed messages stay for two weeks', () => {
  const common = { FifoQueue: true, ContentBasedDeduplication: true, SqsManagedSseEnabled: true };
  const [deadLetters, inbox, ...others] = propertiesOf(template, 'AWS::SQS::Queue');
  expect(others).toEqual([]);
  expect(deadLetters).toMatchObject({
    ...common,
    QueueName: 'BrokerTokens-dead-letters.fifo',
    MessageRetentionPeriod: 14 * 24 * 3600,
  });
  expect(inbox).toMatchObject({
    ...common,
    ...INBOX,
    MessageRetentionPeriod: 2 * 3600,
    RedrivePolicy: { maxReceiveCount: 3 },
  });
});

test.for(['1m', '5m', '10m', '12m'])(
  'the visibility timeout of the inbox is twice the function timeout (check interval: %s)',
  (checkEvery) => {
    const other = templateOf({ ...BOTH_BROKERS, checkEvery, renewBefore: '3h' });
    const [, fn] = refresherResource(other, 'AWS::Lambda::Function');
    const timeout = Number(fn.Properties['Timeout']);
    expect(timeout).toBeLessThanOrEqual(900);
    other.hasResourceProperties('AWS::SQS::Queue', { ...INBOX, VisibilityTimeout: 2 * timeout });
  },
);

test('the function receives one message at a time and reports failures per message', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('each config parameter contains the settings of one credential, and the function can parse the parameter', () => {
  const settings = { minimumInterval: '300s', sessions: [{ preset: 'nxt' }], maxIssuesPerDay: 4 };
  const secret = { arn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-kiwoom-AbCdEf' };
  const other = templateOf({
    checkEvery: '2m',
    credentials: [
      { ...KIS, ...settings, renewBefore: '90m' },
      { ...KIWOOM, secret },
    ],
  });
  const parameters = propertiesOf(other, 'AWS::SSM::Parameter');
  const common = { Type: 'String', Tier: 'Standard' };
  expect(parameters).toMatchObject([
    { ...common, Name: '/broker-tokens/kis-paper/config' },
    { ...common, Name: '/broker-tokens/kiwoom-paper/config' },
  ]);
  const [kis, kiwoom] = configsOf(other);
  expect(kis).toEqual({
    version: 1,
    id: 'kis-paper',
    broker: 'kis',
    market: 'paper',
    secretArn:
      'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:broker-tokens/kis-paper',
    renewBeforeSeconds: 5400,
    checkEverySeconds: 120,
    sessions: [{ preset: 'nxt' }],
    maxIssuesPerDay: 4,
    minimumIntervalSeconds: 300,
    renewEarly: 'wait',
  });
  expect(kiwoom).toMatchObject({ id: 'kiwoom-paper', secretArn: secret.arn });
});

test('the longest possible config fits into the 4 KB of a standard SSM parameter', () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const session = { days, from: '12:00', to: '12:01', timeZone: 'America/Argentina/ComodRivadavia' };
  const other = templateOf({
    credentials: [{ ...KIS, id: 'a'.repeat(40), sessions: Array.from({ length: 20 }, () => session) }],
  });
  const [, { Properties }] = onlyResource(other, 'AWS::SSM::Parameter');
  expect(valueText(Properties['Value']).length + 'ap-northeast-2'.length).toBeLessThan(4096);
});

test('a secret that the stack creates has no value and no explicit name, and is retained when the stack is deleted', () => {
  const other = templateOf({ credentials: [{ ...KIS, secret: { create: true } }] });
  const [id, secret] = onlyResource(other, 'AWS::SecretsManager::Secret');
  expect(Object.keys(secret.Properties)).toEqual(['Description']);
  expect(secret.DeletionPolicy).toBe('Retain');
  other.hasOutput('SecretsToFillIn', { Value: { 'Fn::Join': ['', ['kis-paper=', { Ref: id }]] } });
});

test('the KMS key rotates, and is deleted with the stack', () => {
  const [, key] = onlyResource(template, 'AWS::KMS::Key');
  expect(key.Properties['EnableKeyRotation']).toBe(true);
  expect(key.DeletionPolicy).toBe('Delete');
});

test('the stack outputs name the inbox, the alarm topic, the KMS key and the token parameters', () => {
  const outputs = template.findOutputs('*');
  expect(Object.keys(outputs).sort()).toEqual([
    'AlarmTopicArn',
    'InboxUrl',
    'StaysAfterDestroy',
    'TokenKeyArn',
    'TokenParameters',
  ]);
  template.hasOutput('TokenParameters', {
    Value: '/broker-tokens/kis-paper/token,/broker-tokens/kiwoom-paper/token',
  });
});

test('fifty credentials fit into one stack without warnings', () => {
  const stack = createStack(manyCredentials(50));
  const json = Template.fromStack(stack).toJSON() as { Resources: object };
  expect(Object.keys(json.Resources).length).toBeLessThan(500);
  expect(JSON.stringify(json).length).toBeLessThan(1_000_000);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
