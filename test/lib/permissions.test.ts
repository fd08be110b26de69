import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import {
  allStatements,
  BOTH_BROKERS,
  createStack,
  inboxId,
  manyCredentials,
  onlyResource,
  policyLines,
  policyOf,
  refresherResource,
  Template,
  templateOf,
} from './synth.ts';

const ARN = (service: string) => `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>`;
const SSM = `${ARN('ssm')}:parameter/broker-tokens/`;
const SECRET = `${ARN('secretsmanager')}:secret:broker-tokens/`;
const IDS = ['kis-paper', 'kiwoom-paper'];

const stack = createStack(BOTH_BROKERS);
const consumer = new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
stack.refresher.credentials[0]?.grantRead(consumer);
const template = Template.fromStack(stack);
const [key] = onlyResource(template, 'AWS::KMS::Key');

/** Returns the permission to use the key only through Parameter Store, for the tokens of credentials. */
const useOfKey = (action: string, ...ids: readonly string[]) =>
  `${action} <${key}.Arn> if StringEquals kms:ViaService=ssm.<AWS::Region>.amazonaws.com and ` +
  `StringEquals kms:EncryptionContext:PARAMETER_ARN=${ids.map((id) => `${SSM}${id}/token`).join(',')}`;

test('the role of the function allows exactly the listed actions, and names parameters and secrets by exact ARN', () => {
  const [logs] = refresherResource(template, 'AWS::Logs::LogGroup');
  const ofCredentials = IDS.flatMap((id) => [
    // Six wildcards match the suffix of the ARN.
    `secretsmanager:DescribeSecret ${SECRET}${id}-??????`,
    `secretsmanager:GetSecretValue ${SECRET}${id}-??????`,
    `ssm:AddTagsToResource ${SSM}${id}/state`,
    `ssm:AddTagsToResource ${SSM}${id}/token`,
    `ssm:GetParameter ${SSM}${id}/token`,
    `ssm:GetParameters ${SSM}${id}/config`,
    `ssm:GetParameters ${SSM}${id}/state`,
    `ssm:GetParameters ${SSM}${id}/token`,
    `ssm:PutParameter ${SSM}${id}/state`,
    `ssm:PutParameter ${SSM}${id}/token`,
  ]);
  const queueActions = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl'];
  expect(policyLines(policyOf(template, 'TokenRefresherRoleDefault'))).toEqual(
    [
      useOfKey('kms:Decrypt', ...IDS),
      useOfKey('kms:Encrypt', ...IDS),
      `logs:CreateLogStream <${logs}.Arn>`,
      `logs:PutLogEvents <${logs}.Arn>`,
      ...[...queueActions, 'ReceiveMessage'].map((action) => `sqs:${action} <${inboxId(template)}.Arn>`),
      ...ofCredentials,
    ].sort(),
  );
});

test('grantRead allows a consumer to read only the token and the state of one credential, and to decrypt this token', () => {
  expect(policyLines(policyOf(template, 'Consumer'))).toEqual([
    useOfKey('kms:Decrypt', 'kis-paper'),
    `ssm:GetParameter ${SSM}kis-paper/state`,
    `ssm:GetParameter ${SSM}kis-paper/token`,
    `ssm:GetParameters ${SSM}kis-paper/state`,
    `ssm:GetParameters ${SSM}kis-paper/token`,
  ]);
});

test('the function may use the KMS key for the token parameter of each of 30 credentials', () => {
  const { credentials } = manyCredentials(30);
  const other = templateOf({ credentials });
  const contexts = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => policyLines(allStatements(other, type)))
    .filter((line) => line.startsWith('kms:Encrypt'))
    .flatMap((line) => line.replace(/.*PARAMETER_ARN=/, '').split(','));
  expect(contexts.sort()).toEqual(credentials.map(({ id }) => `${SSM}${id}/token`).sort());
});

test('the role of the schedules may only send messages to the inbox', () => {
  expect(policyLines(policyOf(template, 'SchedulerRole'))).toEqual([
    `sqs:SendMessage <${inboxId(template)}.Arn>`,
  ]);
});
