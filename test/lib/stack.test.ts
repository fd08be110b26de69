import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { parseConfig } from '../../lambdas/shared/credential.ts';
import {
  BOTH_BROKERS,
  createStack,
  KIS,
  KIWOOM,
  manyCredentials,
  onlyResource,
  propertiesOf,
  refresherResource,
  resources,
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

test('both queues are encrypted FIFO queues with content-based deduplication', () => {
  const queues = [...resources(template, 'AWS::SQS::Queue').values()];
  expect(queues.map(({ Properties }) => Properties['QueueName']).sort()).toEqual([
    'BrokerTokens-dead-letters.fifo',
    'BrokerTokens-inbox.fifo',
  ]);
  for (const { Properties } of queues) {
    expect(Properties).toMatchObject({
      FifoQueue: true,
      ContentBasedDeduplication: true,
      SqsManagedSseEnabled: true,
    });
  }
});

test('the inbox retains messages for two hours, and the dead-letter queue retains failed messages for two weeks', () => {
  template.hasResourceProperties('AWS::SQS::Queue', {
    ...INBOX,
    MessageRetentionPeriod: 2 * 3600,
    RedrivePolicy: { maxReceiveCount: 3 },
  });
  template.hasResourceProperties('AWS::SQS::Queue', {
    QueueName: 'BrokerTokens-dead-letters.fifo',
    MessageRetentionPeriod: 14 * 24 * 3600,
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

test('the function can parse each config parameter, which contains the settings of its credential', () => {
  const other = templateOf({
    checkEvery: '2m',
    credentials: [
      {
        ...KIS,
        minimumInterval: '300s',
        sessions: [{ preset: 'nxt' }],
        renewBefore: '90m',
        maxIssuesPerDay: 4,
      },
      KIWOOM,
    ],
  });
  const parameters = propertiesOf(other, 'AWS::SSM::Parameter');
  expect(parameters).toHaveLength(2);
  for (const each of parameters) expect(each).toMatchObject({ Type: 'String', Tier: 'Standard' });
  const [kis, kiwoom] = parameters.map((each) => parseConfig(valueText(each['Value'])));
  const arn = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:broker-tokens/';
  expect(kis).toEqual({
    ok: true,
    config: {
      version: 1,
      id: 'kis-paper',
      broker: 'kis',
      market: 'paper',
      secretArn: `${arn}kis-paper`,
      renewBeforeSeconds: 5400,
      checkEverySeconds: 120,
      sessions: [{ preset: 'nxt' }],
      maxIssuesPerDay: 4,
      minimumIntervalSeconds: 300,
      renewEarly: 'wait',
    },
  });
  expect(kiwoom).toMatchObject({
    ok: true,
    config: {
      secretArn: `${arn}kiwoom-paper`,
      renewBeforeSeconds: 3 * 3600,
      sessions: [{ preset: 'nxt' }],
      maxIssuesPerDay: 24,
      renewEarly: 'revoke',
    },
  });
  expect(parameters.map((each) => each['Name'])).toEqual([
    '/broker-tokens/kis-paper/config',
    '/broker-tokens/kiwoom-paper/config',
  ]);
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

test('the config parameter contains the ARN of a secret that was configured by ARN', () => {
  const arn = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-kiwoom-AbCdEf';
  const other = templateOf({ credentials: [{ ...KIWOOM, secret: { arn } }] });
  const [, { Properties }] = onlyResource(other, 'AWS::SSM::Parameter');
  expect(valueText(Properties['Value'])).toContain(`"secretArn":"${arn}"`);
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
