import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { LIVE_KIWOOM } from './config/rejected-configurations.ts';
import {
  actions,
  allStatements,
  createStack,
  KIS,
  policyLines,
  type Resource,
  resources,
  statements,
  Template,
} from './synth.ts';

// The stack contains all kinds of resources: a network, a created secret, and consumer permissions.
const stack = createStack({
  egress: { kind: 'static', nat: 'instance' },
  alarmEmail: 'me@example.com',
  credentials: [KIS, ...LIVE_KIWOOM.credentials, { ...KIS, id: 'kis-new', secret: { create: true } }],
});
const consumer = new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
for (const credential of stack.refresher.credentials) {
  credential.grantRead(consumer);
  credential.grantReport(consumer);
}
const template = Template.fromStack(stack);
const all = Object.entries(template.toJSON()['Resources'] as Record<string, Resource>);

/** The statements of all identity policies. */
const identities = allStatements(template);

test('every queue and topic is encrypted', () => {
  for (const { Properties } of resources(template, 'AWS::SQS::Queue').values())
    expect(Properties['SqsManagedSseEnabled']).toBe(true);
  for (const { Properties } of resources(template, 'AWS::SNS::Topic').values())
    expect(Properties['KmsMasterKeyId']).toBeDefined();
});

test('every queue and topic rejects requests without TLS', () => {
  for (const [kind, list] of [
    ['Queue', 'Queues'],
    ['Topic', 'Topics'],
  ] as const) {
    const service = kind === 'Queue' ? 'SQS' : 'SNS';
    const policies = [...resources(template, `AWS::${service}::${kind}Policy`).values()];
    for (const id of resources(template, `AWS::${service}::${kind}`).keys()) {
      const own = policies.filter(({ Properties }) => JSON.stringify(Properties[list]).includes(`"${id}"`));
      const deny = own
        .flatMap(({ Properties }) => statements(Properties['PolicyDocument']))
        .filter(({ Effect }) => Effect === 'Deny');
      expect([id, deny.map(({ Condition }) => Condition)]).toEqual([
        id,
        [{ Bool: { 'aws:SecureTransport': 'false' } }],
      ]);
    }
  }
});

test('no resource policy allows every principal', () => {
  const open = all.flatMap(([id, { Type, Properties }]) => {
    if (!/Policy$|::Key$/.test(Type)) return [];
    return statements(Properties['PolicyDocument'] ?? Properties['KeyPolicy'])
      .filter(({ Effect, Principal }) => Effect === 'Allow' && /"\*"/.test(JSON.stringify(Principal ?? '')))
      .map(() => id);
  });
  expect(open).toEqual([]);
});

test('each permission to use a KMS key is limited to one service and one encryption context', () => {
  const uses = policyLines(identities).filter((line) => line.startsWith('kms:'));
  expect(uses.length).toBeGreaterThan(3);
  for (const line of uses)
    expect(line).toMatch(
      / if StringEquals kms:ViaService=(ssm|sns)\.<AWS::Region>\.amazonaws\.com and StringEquals kms:EncryptionContext:\S+$/,
    );
});

test('no IAM policy has a wildcard action, and only network interface actions are allowed on all resources', () => {
  const wide = policyLines(identities).filter(
    (line) => / \*( if |$)/.test(line) && !line.startsWith('deny '),
  );
  expect(new Set(wide.map((line) => line.split(':')[0]))).toEqual(new Set(['ec2']));
  for (const action of identities.flatMap(actions)) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
});

test('every role trusts only AWS services and has no managed policy', () => {
  for (const { Properties } of resources(template, 'AWS::IAM::Role').values()) {
    for (const { Principal } of statements(Properties['AssumeRolePolicyDocument']))
      expect(Object.keys(Principal as object)).toEqual(['Service']);
    expect(Properties['ManagedPolicyArns']).toBeUndefined();
  }
});

test('each function has its own log group with a retention of 90 days', () => {
  const functions = resources(template, 'AWS::Lambda::Function');
  const groups = resources(template, 'AWS::Logs::LogGroup');
  expect(groups.size).toBe(functions.size);
  for (const { Properties } of groups.values()) expect(Properties['RetentionInDays']).toBe(90);
  for (const { Properties } of functions.values())
    expect(Properties['LoggingConfig']).toMatchObject({ LogGroup: { Ref: expect.any(String) } });
});

test('the template neither contains nor resolves the value of a secret', () => {
  const json = JSON.stringify(template.toJSON());
  expect(json).not.toMatch(/SecretString|\{\{resolve:|"SecureString"|"NoEcho"/);
  expect(json).toContain('AWS::SecretsManager::Secret');
});

test('no security group accepts traffic from outside the VPC, and no function has a URL', () => {
  for (const { Properties } of resources(template, 'AWS::EC2::SecurityGroup').values()) {
    const rules = (Properties['SecurityGroupIngress'] ?? []) as readonly { CidrIp?: string }[];
    for (const { CidrIp } of rules) expect(CidrIp).toBe('10.0.0.0/16');
  }
  expect(all.map(([, { Type }]) => Type)).not.toContain('AWS::Lambda::Url');
});
