import { type App, CfnResource, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { ConfigurationError } from '../../lib/config/configuration-error.ts';
import { BOTH_BROKERS, createStack, KIS, Template, templateOf } from './synth.ts';

/**
 * Creates a template with names of the maximum length: 45 characters for a stack, 200 for a prefix, 40 for an
 * id.
 */
function longest(credentials: number): Template {
  const context = {
    parameterPrefix: `/${'p'.repeat(199)}`,
    fleet: {},
    credentials: Array.from({ length: credentials }, (_, index) => {
      const id = `kis-${index}-`.padEnd(40, 'x');
      return { ...KIS, id, secret: { name: `broker-tokens/${id}` } };
    }),
  };
  return templateOf(context, 'BrokerTokens'.padEnd(45, 'x'));
}

test('the template with the maximum number of credentials and the longest names is smaller than 1 MB', () => {
  const bytes = (template: Template) => JSON.stringify(template.toJSON()).length;
  const few = bytes(longest(1));
  const each = (bytes(longest(3)) - few) / 2;
  expect(each).toBeGreaterThan(5_000);
  // CloudFormation allows 500 resources in a stack and a credential adds seven, so a stack has fewer than
  // 500 / 7 credentials.
  expect(few + (500 / 7) * each).toBeLessThan(1_000_000);
});

test('a credential adds seven resources to a stack', () => {
  const count = (context: unknown) => Object.keys(templateOf(context).toJSON()['Resources']).length;
  expect(count(BOTH_BROKERS) - count({ credentials: [KIS] })).toBe(7);
});

test('synthesis rejects more resources than a stack may have, and suggests remedies', () => {
  const stack = createStack(BOTH_BROKERS);
  for (let index = 0; index < 470; index += 1)
    new CfnResource(stack, `More${index}`, { type: 'AWS::SNS::Topic' });
  const synth = () => Template.fromStack(stack);
  expect(synth).toThrow(ConfigurationError);
  expect(synth).toThrow(/got: +509 resources/);
  expect(synth).toThrow('spread the credentials over several stacks');
  expect(synth).toThrow('`tokens add`');
});

test('synthesis rejects more managed policies than a role may have, and suggests remedies', () => {
  const stack = createStack(BOTH_BROKERS);
  for (let index = 0; index < 160; index += 1)
    stack.refresher.role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['ssm:GetParameter'],
        resources: [`arn:aws:ssm:ap-northeast-2:123456789012:parameter/${'x'.repeat(500)}${index}`],
      }),
    );
  const synth = () => Template.fromStack(stack);
  expect(synth).toThrow(ConfigurationError);
  expect(synth).toThrow(/got: +\d+ managed policies/);
  expect(synth).toThrow('"fleet"');
});

test('the check of the stack limits does not count resources of other stacks', () => {
  const stack = createStack(BOTH_BROKERS);
  const other = new Stack(stack.node.root as App, 'Other');
  for (let index = 0; index < 490; index += 1)
    new CfnResource(other, `More${index}`, { type: 'AWS::SNS::Topic' });
  expect(() => Template.fromStack(stack)).not.toThrow();
});
