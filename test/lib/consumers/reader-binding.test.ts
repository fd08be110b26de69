import { Match } from 'aws-cdk-lib/assertions';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { describe, expect, test } from 'vitest';
import { BOTH_BROKERS, consumerFunction, createStack, policyOf, Template } from '../synth.ts';

function bound(
  options: { readonly report?: boolean; readonly appKey?: boolean } = {},
  kind: 'function' | 'container' | 'task' = 'function',
) {
  const stack = createStack(BOTH_BROKERS);
  const [kis] = stack.refresher.credentials;
  if (kind === 'function') {
    kis?.bindReader(consumerFunction(stack), options);
  } else {
    const task = new FargateTaskDefinition(stack, 'Consumer');
    const container = task.addContainer('Program', { image: ContainerImage.fromRegistry('fake') });
    kis?.bindReader(kind === 'task' ? task : container, options);
  }
  const template = Template.fromStack(stack);
  const policy = policyOf(template, kind === 'function' ? 'ConsumerService' : 'ConsumerTaskRole');
  return { template, allowed: policy.map(({ Action }) => Action) };
}

const READ = [['ssm:GetParameter', 'ssm:GetParameters'], 'kms:Decrypt'];

const reportTopics = (template: Template) =>
  Object.keys(template.findResources('AWS::SNS::Topic', { Properties: { FifoTopic: true } }));

describe('bindReader', () => {
  test('gives a function the environment variables and exactly the permissions that the reader needs', () => {
    const { template, allowed } = bound();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          BROKER_TOKENS_CREDENTIAL: 'kis-paper',
          BROKER_TOKENS_PREFIX: '/broker-tokens',
          BROKER_TOKENS_REPORT_TOPIC_KIS_PAPER: { Ref: reportTopics(template)[0] },
        },
      },
    });
    expect(allowed).toEqual([...READ, 'sns:Publish', ['kms:Decrypt', 'kms:GenerateDataKey']]);
  });

  test('creates no report topic if the option report is false', () => {
    const { template, allowed } = bound({ report: false });
    expect(allowed).toEqual(READ);
    expect(reportTopics(template)).toEqual([]);
  });

  test('grants access to the app key if the option appKey is true', () => {
    const { template, allowed } = bound({ report: false, appKey: true });
    expect(allowed).toContainEqual(['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue']);
    expect(JSON.stringify(template.toJSON())).toContain('BROKER_TOKENS_APP_KEY_KIS_PAPER');
  });

  test.each(['container', 'task'] as const)(
    'grants the permissions of a reader to the task role of a %s',
    (kind) => {
      const { template, allowed } = bound({ report: false }, kind);
      expect(allowed).toEqual(READ);
      template.resourcePropertiesCountIs(
        'AWS::IAM::Policy',
        { PolicyName: Match.stringLikeRegexp('^Consumer') },
        1,
      );
      template.hasResourceProperties('AWS::ECS::TaskDefinition', {
        ContainerDefinitions: [
          {
            Environment: [
              { Name: 'BROKER_TOKENS_CREDENTIAL', Value: 'kis-paper' },
              { Name: 'BROKER_TOKENS_PREFIX', Value: '/broker-tokens' },
            ],
          },
        ],
      });
    },
  );
});
