import { describe, expect, test } from 'vitest';
import { addTradingTask } from '../../examples/cdk/container.ts';
import { letAccountRead } from '../../examples/cdk/cross-account.ts';
import { addTradingFunction } from '../../examples/cdk/lambda.ts';
import { callOnNewToken } from '../../examples/cdk/on-change.ts';
import { addShortTask } from '../../examples/cdk/value-from.ts';
import { BOTH, resources, stackOf, statements, Template } from './synth.ts';

/** One stack with all of them, as synthesizing takes longest. */
const template = (() => {
  const stack = stackOf(BOTH);
  const [kis] = stack.refresher.credentials;
  if (kis === undefined) throw new Error('the stack has no credential');
  const trader = addTradingFunction(stack, kis);
  addTradingTask(stack, kis);
  addShortTask(stack, kis);
  callOnNewToken(stack, kis, trader);
  letAccountRead(stack, kis, '111122223333');
  return Template.fromStack(stack);
})();

/** Properties of the resources whose logical id begins so. */
function properties(type: string, logicalId: string) {
  return [...resources(template, type)]
    .filter(([id]) => id.startsWith(logicalId))
    .map(([, each]) => each.Properties);
}

/** What the role of this construct may do; one line a statement. */
function allowed(logicalId: string): readonly string[] {
  return properties('AWS::IAM::Policy', logicalId)
    .flatMap((each) => statements(each['PolicyDocument']))
    .map(({ Action }) => [Action].flat().sort().join(' '));
}

const READ = ['ssm:GetParameter ssm:GetParameters', 'kms:Decrypt'];
const REPORT = ['sns:Publish', 'kms:Decrypt kms:GenerateDataKey'];

describe('the examples in CDK', () => {
  test('lambda.ts: a function reads, reports, and reads the app key', () => {
    expect(JSON.stringify(properties('AWS::Lambda::Function', 'Trader')[0]?.['Environment'])).toMatch(
      /BROKER_TOKENS_CREDENTIAL.*BROKER_TOKENS_APP_KEY_KIS_PAPER/,
    );
    expect(allowed('TraderService')).toEqual([
      ...READ,
      ...REPORT,
      'secretsmanager:DescribeSecret secretsmanager:GetSecretValue',
    ]);
  });

  test('container.ts: the role of the task reads and reports, the execution role does not', () => {
    expect(allowed('TradingTaskTaskRole')).toEqual([...READ, ...REPORT]);
    expect(allowed('TradingTaskExecutionRole').join()).not.toMatch(/ssm|kms/);
  });

  test('value-from.ts: the execution role may read and decrypt', () => {
    expect(allowed('ShortTaskExecutionRole')).toEqual(
      expect.arrayContaining([expect.stringContaining('ssm:GetParameters'), 'kms:Decrypt']),
    );
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [{ Secrets: [{ Name: 'BROKER_TOKEN' }] }],
    });
  });

  test('on-change.ts: the rule takes what Parameter Store sends for this token, and calls the function', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.ssm'],
        'detail-type': ['Parameter Store Change'],
        detail: { name: ['/broker-tokens/kis-paper/token'], operation: ['Create', 'Update'] },
      },
    });
  });

  test('cross-account.ts: only that account may take the role, and it reads this credential only', () => {
    const [role] = properties('AWS::IAM::Role', 'TokenReader');
    expect(JSON.stringify(role?.['AssumeRolePolicyDocument'])).toContain(':iam::111122223333:root');
    expect(allowed('TokenReader')).toEqual(READ);
  });
});
