import { describe, expect, test } from 'vitest';
import { addTradingTask } from '../../examples/cdk/container.ts';
import { letAccountRead } from '../../examples/cdk/cross-account.ts';
import { addTradingFunction } from '../../examples/cdk/lambda.ts';
import { callOnNewToken } from '../../examples/cdk/on-change.ts';
import { addShortTask } from '../../examples/cdk/value-from.ts';
import { BOTH_BROKERS, createStack, resources, statements, Template } from './synth.ts';

/** A single stack contains all examples, because synthesizing a stack for each test would be slow. */
const template = (() => {
  const stack = createStack(BOTH_BROKERS);
  const [kis] = stack.refresher.credentials;
  if (kis === undefined) throw new Error('the stack has no credential');
  const trader = addTradingFunction(stack, kis);
  addTradingTask(stack, kis);
  addShortTask(stack, kis);
  callOnNewToken(stack, kis, trader);
  letAccountRead(stack, kis, '111122223333');
  return Template.fromStack(stack);
})();

/** Returns the properties of all resources of a type whose logical id starts with `logicalId`. */
function properties(type: string, logicalId: string) {
  return [...resources(template, type)]
    .filter(([id]) => id.startsWith(logicalId))
    .map(([, each]) => each.Properties);
}

/** Returns the actions that the role of a construct allows, one line per statement. */
function allowed(logicalId: string): readonly string[] {
  return properties('AWS::IAM::Policy', logicalId)
    .flatMap((each) => statements(each['PolicyDocument']))
    .map(({ Action }) => [Action].flat().sort().join(' '));
}

const READ = ['ssm:GetParameter ssm:GetParameters', 'kms:Decrypt'];
const REPORT = ['sns:Publish', 'kms:Decrypt kms:GenerateDataKey'];

describe('the CDK example', () => {
  test('lambda.ts allows a function to read the token and the app key, and to report rejections', () => {
    expect(JSON.stringify(properties('AWS::Lambda::Function', 'Trader')[0]?.['Environment'])).toMatch(
      /BROKER_TOKENS_CREDENTIAL.*BROKER_TOKENS_APP_KEY_KIS_PAPER/,
    );
    expect(allowed('TraderService')).toEqual([
      ...READ,
      ...REPORT,
      'secretsmanager:DescribeSecret secretsmanager:GetSecretValue',
    ]);
  });

  test('container.ts allows the task role, but not the execution role, to read the token and to report rejections', () => {
    expect(allowed('TradingTaskTaskRole')).toEqual([...READ, ...REPORT]);
    expect(allowed('TradingTaskExecutionRole').join()).not.toMatch(/ssm|kms/);
  });

  test('value-from.ts allows the execution role to read and decrypt the token', () => {
    expect(allowed('ShortTaskExecutionRole')).toEqual(
      expect.arrayContaining([expect.stringContaining('ssm:GetParameters'), 'kms:Decrypt']),
    );
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [{ Secrets: [{ Name: 'BROKER_TOKEN' }] }],
    });
  });

  test('on-change.ts invokes the function only on changes of the token parameter of one credential', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.ssm'],
        'detail-type': ['Parameter Store Change'],
        detail: { name: ['/broker-tokens/kis-paper/token'], operation: ['Create', 'Update'] },
      },
    });
  });

  test('cross-account.ts creates a role that only the given account can assume and that can read only one credential', () => {
    const [role] = properties('AWS::IAM::Role', 'TokenReader');
    expect(JSON.stringify(role?.['AssumeRolePolicyDocument'])).toContain(':iam::111122223333:root');
    expect(allowed('TokenReader')).toEqual(READ);
  });
});
