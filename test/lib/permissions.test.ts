import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import {
  actions,
  allStatements,
  BOTH_BROKERS,
  createStack,
  inboxId,
  manyCredentials,
  onlyResource,
  policyOf,
  type Statement,
  Template,
  templateOf,
  valueText,
} from './synth.ts';

const SSM = 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/broker-tokens/';

const stack = createStack(BOTH_BROKERS);
const consumer = new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
stack.refresher.credentials[0]?.grantRead(consumer);
const template = Template.fromStack(stack);
const [key] = onlyResource(template, 'AWS::KMS::Key');

/** Returns the resources on which the statements allow an action. */
function allowed(policy: readonly Statement[], action: string): readonly string[] {
  return policy
    .filter((statement) => statement.Effect === 'Allow' && actions(statement).includes(action))
    .flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource]))
    .map(valueText)
    .sort();
}

const refresher = policyOf(template, 'TokenRefresherRoleDefault');

test('the role of the function allows exactly the listed IAM actions', () => {
  expect([...new Set(refresher.flatMap(actions))].sort()).toEqual([
    'kms:Decrypt',
    'kms:Encrypt',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:GetQueueUrl',
    'sqs:ReceiveMessage',
    'ssm:AddTagsToResource',
    'ssm:GetParameter',
    'ssm:GetParameters',
    'ssm:PutParameter',
  ]);
});

test('the function may read the config, state and token parameters and write state and token, by exact ARN', () => {
  const of = (...names: string[]): string[] => names.map((name) => `${SSM}${name}`).sort();
  expect(allowed(refresher, 'ssm:GetParameters')).toEqual(
    ['kis-paper', 'kiwoom-paper'].flatMap((id) => of(`${id}/config`, `${id}/state`, `${id}/token`)),
  );
  expect(allowed(refresher, 'ssm:GetParameter')).toEqual(of('kis-paper/token', 'kiwoom-paper/token'));
  for (const action of ['ssm:PutParameter', 'ssm:AddTagsToResource']) {
    expect(allowed(refresher, action)).toEqual(
      of('kis-paper/state', 'kis-paper/token', 'kiwoom-paper/state', 'kiwoom-paper/token'),
    );
  }
});

test('the function may read and describe the secret of each credential (six wildcards match the ARN suffix)', () => {
  const arn = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:broker-tokens/';
  for (const action of ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']) {
    expect(allowed(refresher, action)).toEqual([`${arn}kis-paper-??????`, `${arn}kiwoom-paper-??????`]);
  }
});

test('the KMS key can be used only through Parameter Store and only for the token parameters', () => {
  const uses = [...refresher, ...policyOf(template, 'Consumer')].filter((statement) =>
    actions(statement).some((action) => action.startsWith('kms:')),
  );
  expect(uses).toHaveLength(2);
  const contexts = uses.flatMap(({ Resource, Condition }) => {
    expect(valueText(Resource)).toBe(`<${key}.Arn>`);
    const { StringEquals: equals } = Condition as { StringEquals: Record<string, unknown> };
    expect(valueText(equals['kms:ViaService'])).toBe('ssm.<AWS::Region>.amazonaws.com');
    return [equals['kms:EncryptionContext:PARAMETER_ARN']].flat().map(valueText);
  });
  expect(contexts).toEqual([`${SSM}kis-paper/token`, `${SSM}kiwoom-paper/token`, `${SSM}kis-paper/token`]);
});

test('the function may use the KMS key for the token parameter of each of 30 credentials', () => {
  const { credentials } = manyCredentials(30);
  const other = templateOf({ credentials });
  const contexts = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => allStatements(other, type))
    .filter((statement) => actions(statement).includes('kms:Encrypt'))
    .flatMap(({ Condition }) => {
      const { StringEquals: equals } = Condition as { StringEquals: Record<string, unknown> };
      return [equals['kms:EncryptionContext:PARAMETER_ARN']].flat().map(valueText);
    });
  expect(contexts.sort()).toEqual(credentials.map(({ id }) => `${SSM}${id}/token`).sort());
});

test('the role of the schedules may only send messages to the inbox', () => {
  expect(policyOf(template, 'SchedulerRole')).toEqual([
    { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [inboxId(template), 'Arn'] } },
  ]);
});
