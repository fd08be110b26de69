import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import {
  allStatements,
  BOTH_BROKERS,
  createStack,
  inboxId,
  onlyResource,
  policyLines,
  policyOf,
  Template,
  templateOf,
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

test('a report topic forwards only rejection reports about one credential, without an SNS envelope', () => {
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

test('the inbox policy has one statement for all report topics of a refresher', () => {
  const both = createStack(BOTH_BROKERS);
  const role = new Role(both, 'Both', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  for (const credential of both.refresher.credentials) credential.grantReport(role);
  const sns = allStatements(Template.fromStack(both), 'AWS::SQS::QueuePolicy').filter(({ Principal }) =>
    JSON.stringify(Principal)?.includes('sns.amazonaws.com'),
  );
  expect(policyLines(sns)).toEqual([
    `sqs:SendMessage <${inbox}.Arn> if ArnLike aws:SourceArn=arn:<AWS::Partition>:sns:<AWS::Region>:<AWS::AccountId>:BrokerTokens-reports-*.fifo`,
  ]);
});

test('grantReport allows a consumer to publish only to the report topic, and to use the KMS key only for this topic', () => {
  const [key] = onlyResource(template, 'AWS::KMS::Key');
  const condition =
    'if StringEquals kms:ViaService=sns.<AWS::Region>.amazonaws.com and ' +
    `StringEquals kms:EncryptionContext:aws:sns:topicArn=<${topic}>`;
  expect(policyLines(policyOf(template, 'Reporter'))).toEqual([
    `kms:Decrypt <${key}.Arn> ${condition}`,
    `kms:GenerateDataKey <${key}.Arn> ${condition}`,
    `sns:Publish <${topic}>`,
  ]);
  expect(stack.resolve(kis?.reportTopic.topicArn)).toEqual({ Ref: topic });
});
