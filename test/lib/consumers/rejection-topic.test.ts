import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import {
  allStatements,
  BOTH_BROKERS,
  conditionsOf,
  createStack,
  inboxId,
  onlyResource,
  policyOf,
  Template,
  templateOf,
  valueText,
} from '../synth.ts';

const stack = createStack(BOTH_BROKERS);
const reporter = new Role(stack, 'Reporter', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
const [kis] = stack.refresher.credentials;
const grants = [kis?.grantReport(reporter), kis?.grantReport(reporter)];
const template = Template.fromStack(stack);
const inbox = inboxId(template);
const FIFO = { Properties: { FifoTopic: true } };
const [topic, ...otherTopics] = Object.keys(template.findResources('AWS::SNS::Topic', FIFO));

test('grantReport creates the report topic of a credential in its first call, and no second topic in later calls', () => {
  expect(grants.map((grant) => grant?.success)).toEqual([true, true]);
  expect(otherTopics).toEqual([]);
  expect(Object.keys(templateOf(BOTH_BROKERS).findResources('AWS::SNS::Topic', FIFO))).toEqual([]);
  template.hasResourceProperties('AWS::SNS::Topic', {
    TopicName: 'BrokerTokens-reports-kis-paper.fifo',
    FifoTopic: true,
    ContentBasedDeduplication: true,
  });
});

test('the subscription of a report topic forwards only rejection reports about its credential, unchanged', () => {
  const [, { Properties }] = onlyResource(template, 'AWS::SNS::Subscription');
  expect(Properties).toEqual({
    TopicArn: { Ref: topic },
    Protocol: 'sqs',
    Endpoint: { 'Fn::GetAtt': [inbox, 'Arn'] },
    RawMessageDelivery: true,
    FilterPolicyScope: 'MessageBody',
    FilterPolicy: { cause: ['rejected'], credential: ['kis-paper'] },
  });
});

test('the inbox policy needs one statement for all report topics of a refresher', () => {
  const both = createStack(BOTH_BROKERS);
  const role = new Role(both, 'Both', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  for (const credential of both.refresher.credentials) credential.grantReport(role);
  const sns = allStatements(Template.fromStack(both), 'AWS::SQS::QueuePolicy').filter(({ Principal }) =>
    JSON.stringify(Principal)?.includes('sns.amazonaws.com'),
  );
  expect(sns).toHaveLength(1);
  expect(sns[0]).toMatchObject({
    Effect: 'Allow',
    Action: 'sqs:SendMessage',
    Resource: { 'Fn::GetAtt': [inbox, 'Arn'] },
  });
  expect(valueText(conditionsOf(sns[0], 'ArnLike')['aws:SourceArn'])).toBe(
    'arn:<AWS::Partition>:sns:<AWS::Region>:<AWS::AccountId>:BrokerTokens-reports-*.fifo',
  );
});

test('grantReport allows publishing only to the report topic, and the use of the KMS key only for this topic', () => {
  const [publish, useKey, ...others] = policyOf(template, 'Reporter');
  expect(others).toEqual([]);
  expect(publish).toMatchObject({ Action: 'sns:Publish', Resource: { Ref: topic } });
  const [key] = onlyResource(template, 'AWS::KMS::Key');
  expect(useKey).toMatchObject({
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: { 'Fn::GetAtt': [key, 'Arn'] },
  });
  const conditions = conditionsOf(useKey, 'StringEquals');
  expect(valueText(conditions['kms:ViaService'])).toBe('sns.<AWS::Region>.amazonaws.com');
  expect(conditions['kms:EncryptionContext:aws:sns:topicArn']).toEqual({ Ref: topic });
  expect(stack.resolve(kis?.reportTopic.topicArn)).toEqual({ Ref: topic });
});
