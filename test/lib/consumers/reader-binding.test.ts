import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { describe, expect, test } from 'vitest';
import { BOTH, consumerFunction, resources, stackOf, statements, Template } from '../synth.ts';

function bound(
  options: { readonly report?: boolean; readonly appKey?: boolean } = {},
  kind: 'function' | 'container' | 'task' = 'function',
) {
  const stack = stackOf(BOTH);
  const [kis] = stack.refresher.credentials;
  if (kind === 'function') {
    kis?.bindReader(consumerFunction(stack), options);
  } else {
    const task = new FargateTaskDefinition(stack, 'Consumer');
    const container = task.addContainer('Program', { image: ContainerImage.fromRegistry('fake') });
    kis?.bindReader(kind === 'task' ? task : container, options);
  }
  const template = Template.fromStack(stack);
  const policies = [...resources(template, 'AWS::IAM::Policy')].filter(([id]) => id.startsWith('Consumer'));
  return {
    template,
    allowed: policies.flatMap(([, { Properties }]) => statements(Properties['PolicyDocument'])),
  };
}

const PARAMETER = (name: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':ssm:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:parameter${name}`,
    ],
  ],
});

describe('bindReader', () => {
  test('gives a function the environment of the reader and exactly the permissions that it needs', () => {
    const { template, allowed } = bound();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          BROKER_TOKENS_CREDENTIAL: 'kis-paper',
          BROKER_TOKENS_PREFIX: '/broker-tokens',
          BROKER_TOKENS_REPORT_TOPIC_KIS_PAPER: {
            Ref: Object.keys(
              template.findResources('AWS::SNS::Topic', { Properties: { FifoTopic: true } }),
            )[0],
          },
        },
      },
    });
    expect(allowed.map(({ Action }) => Action)).toEqual([
      ['ssm:GetParameter', 'ssm:GetParameters'],
      'kms:Decrypt',
      'sns:Publish',
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    ]);
    expect(allowed[0]?.Resource).toEqual([
      PARAMETER('/broker-tokens/kis-paper/state'),
      PARAMETER('/broker-tokens/kis-paper/token'),
    ]);
    for (const { Action, Condition } of allowed.filter(({ Action }) =>
      JSON.stringify(Action).includes('kms:'),
    ))
      expect(JSON.stringify(Condition), String(Action)).toContain('kms:ViaService');
  });

  test('creates no topic without reports', () => {
    const { template, allowed } = bound({ report: false });
    expect(allowed.map(({ Action }) => Action)).toEqual([
      ['ssm:GetParameter', 'ssm:GetParameters'],
      'kms:Decrypt',
    ]);
    expect(template.findResources('AWS::SNS::Topic', { Properties: { FifoTopic: true } })).toEqual({});
  });

  test('grants reading the app key on request', () => {
    const { template, allowed } = bound({ report: false, appKey: true });
    expect(allowed.map(({ Action }) => Action)).toContainEqual([
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
    ]);
    expect(JSON.stringify(template.toJSON())).toContain('BROKER_TOKENS_APP_KEY_KIS_PAPER');
  });

  test.each(['container', 'task'] as const)('grants the task role of a %s', (kind) => {
    const { template, allowed } = bound({ report: false }, kind);
    expect(allowed.map(({ Action }) => Action)).toEqual([
      ['ssm:GetParameter', 'ssm:GetParameters'],
      'kms:Decrypt',
    ]);
    const [role] =
      Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) => id.startsWith('Consumer')) ??
      [];
    expect(role).toContain('TaskRole');
    const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
    expect(task?.['Properties'].ContainerDefinitions[0].Environment).toEqual([
      { Name: 'BROKER_TOKENS_CREDENTIAL', Value: 'kis-paper' },
      { Name: 'BROKER_TOKENS_PREFIX', Value: '/broker-tokens' },
    ]);
  });
});
