import { expect, test } from 'vitest';
import {
  BOTH_BROKERS,
  KIS,
  onlyResource,
  policyLines,
  policyOf,
  propertiesOf,
  type Resource,
  resources,
  type Template,
  templateOf,
} from '../synth.ts';

const template = templateOf(BOTH_BROKERS);
const TYPE = 'Custom::BrokerTokenParameters';

function all(from = template): Readonly<Record<string, Resource>> {
  return from.toJSON()['Resources'] as Record<string, Resource>;
}

/**
 * Returns the direct and indirect dependencies of a resource, from DependsOn and from references.
 * CloudFormation creates the dependencies before the resource, and deletes them after the resource.
 */
function needs(id: string, from = template, seen = new Set<string>()): ReadonlySet<string> {
  const resource = all(from)[id];
  const references = JSON.stringify(resource?.Properties ?? {}).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g);
  for (const next of [...(resource?.DependsOn ?? []), ...[...references].map(([, each]) => each ?? '')]) {
    if (seen.has(next) || all(from)[next] === undefined) continue;
    seen.add(next);
    needs(next, from, seen);
  }
  return seen;
}

function ids(type: string, part = ''): readonly string[] {
  const found = [...resources(template, type).keys()].filter((id) => id.includes(part));
  expect(found.length).toBeGreaterThan(0);
  return found;
}

test('each credential has a custom resource that deletes its token and state parameters', () => {
  const properties = propertiesOf(template, TYPE);
  expect(properties.map(({ Parameters }) => Parameters)).toEqual([
    ['/broker-tokens/kis-paper/token', '/broker-tokens/kis-paper/state'],
    ['/broker-tokens/kiwoom-paper/token', '/broker-tokens/kiwoom-paper/state'],
  ]);
  for (const each of properties) expect(each).toMatchObject({ Keep: 'false', ServiceTimeout: '600' });
});

test('CloudFormation deletes the parameters of a stack only after all resources that can write the parameters', () => {
  const created = ids(TYPE);
  const writers = [
    ...ids('AWS::Scheduler::Schedule'),
    ...ids('AWS::Events::Rule'),
    ...ids('AWS::Lambda::EventSourceMapping'),
    ...ids('AWS::Lambda::Function', 'RefresherFunction'),
    ...ids('AWS::IAM::Policy', 'RefresherRole'),
  ];
  expect(writers).toHaveLength(7);
  for (const id of writers.filter((each) => !all()[each]?.Type.includes('Events::Rule'))) {
    expect([...needs(id)]).toEqual(expect.arrayContaining([...created]));
  }
});

test('CloudFormation deletes the schedule, rule and config of a removed credential before its token and state parameters', () => {
  for (const credential of ['kispaper', 'kiwoompaper']) {
    const [created] = ids(TYPE, credential);
    for (const type of ['AWS::Scheduler::Schedule', 'AWS::Events::Rule', 'AWS::SSM::Parameter']) {
      for (const id of ids(type, credential)) expect(needs(id)).toContain(created);
    }
  }
});

test('the cleanup function and its permissions are deleted after the custom resources that need them', () => {
  const role = ids('AWS::IAM::Policy', 'Cleanup');
  for (const id of ids(TYPE)) expect([...needs(id)]).toEqual(expect.arrayContaining([...role]));
  const allowed = (from: Template) => policyOf(from, 'Cleanup');
  // The policy does not list the credentials, so an update that removes a credential keeps the permission to
  // delete its parameters.
  expect(allowed(templateOf({ credentials: [KIS] }))).toEqual(allowed(template));
});

test('the cleanup function may delete only token and state parameters below the prefix', () => {
  const below = 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/broker-tokens/*/';
  expect(policyLines(policyOf(template, 'Cleanup'))).toEqual([
    expect.stringMatching(/^logs:CreateLogStream <\w+Logs\w+\.Arn>$/),
    expect.stringMatching(/^logs:PutLogEvents <\w+Logs\w+\.Arn>$/),
    `ssm:DeleteParameters ${below}state`,
    `ssm:DeleteParameters ${below}token`,
  ]);
});

test('the option keepParameters retains the parameters and their KMS key', () => {
  const kept = templateOf({ ...BOTH_BROKERS, keepParameters: true });
  for (const { Properties } of resources(kept, TYPE).values()) expect(Properties['Keep']).toBe('true');
  // The logical ids stay the same, so an update that sets keepParameters deletes no parameter.
  expect([...resources(kept, TYPE).keys()]).toEqual([...resources(template, TYPE).keys()]);
  expect(onlyResource(kept, 'AWS::KMS::Key')[1].DeletionPolicy).toBe('Retain');
});

test('the output StaysAfterDestroy names the resources that "cdk destroy" keeps', () => {
  template.hasOutput('StaysAfterDestroy', { Value: 'only the secrets of the app keys' });
  templateOf({ ...BOTH_BROKERS, keepParameters: true }).hasOutput('StaysAfterDestroy', {
    Value: 'the secrets of the app keys, the token and state parameters, the KMS key',
  });
});
