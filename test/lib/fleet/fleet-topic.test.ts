import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { SimulatedCloud } from '../../cli/cloud.ts';
import { runAtConsole } from '../../cli/console.ts';
import { enableFleet, enableTopics, FLEET_SETTINGS } from '../../cli/fleet/fleet-harness.ts';
import { createStack, KIS, onlyResource, resources, Template } from '../synth.ts';

test('the command "tokens add" creates a report topic with the same policy, filter and encryption as a stack', async () => {
  const cloud = await SimulatedCloud.start();
  enableFleet(cloud);
  const topics = enableTopics(cloud);
  await runAtConsole(cloud, ['add', 'kis-2', '--broker', 'kis', '--market', 'paper']);
  await cloud.stop();
  const added = topics.get(FLEET_SETTINGS.reportTopicArn.replace('*', 'kis-2'));
  const { topic, subscription = {} } = added ?? { topic: {} };

  const stack = createStack({ credentials: [{ ...KIS, id: 'kis-2' }] });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  for (const credential of stack.refresher.credentials) credential.grantReport(role);
  const template = Template.fromStack(stack);
  const [, made] = [...resources(template, 'AWS::SNS::Topic')].find(([id]) => id.includes('Rejection')) ?? [];
  const [, policy] =
    [...resources(template, 'AWS::SNS::TopicPolicy')].find(([id]) => id.includes('Rejection')) ?? [];
  const [, forwarding] = onlyResource(template, 'AWS::SNS::Subscription');

  expect(topic['Name']).toBe(made?.Properties['TopicName']);
  const attributes = entries(topic);
  expect(attributes).toMatchObject({
    FifoTopic: String(made?.Properties['FifoTopic']),
    ContentBasedDeduplication: String(made?.Properties['ContentBasedDeduplication']),
    KmsMasterKeyId: FLEET_SETTINGS.tokenKeyArn,
  });
  const document = JSON.stringify(policy?.Properties['PolicyDocument']);
  const arn = FLEET_SETTINGS.reportTopicArn.replace('*', 'kis-2');
  expect(sorted(attributes['Policy'])).toEqual(
    sorted(document.replace(/"Resource":\{"Ref":"\w+"\}/, `"Resource":"${arn}"`)),
  );
  const { FilterPolicy, FilterPolicyScope, RawMessageDelivery } = forwarding.Properties;
  const own = entries(subscription);
  expect(subscription).toMatchObject({ Protocol: 'sqs', Endpoint: FLEET_SETTINGS.inboxArn });
  expect(JSON.parse(own['FilterPolicy'] ?? '')).toEqual(FilterPolicy);
  expect([own['FilterPolicyScope'], own['RawMessageDelivery']]).toEqual([
    FilterPolicyScope,
    String(RawMessageDelivery),
  ]);
});

/**
 * Returns the entries of the map `Attributes` in a request that the SDK encoded in the AWS query protocol.
 */
function entries(input: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const keys = Object.entries(input).filter(([name]) => /^Attributes\.entry\.\d+\.key$/.test(name));
  return Object.fromEntries(keys.map(([name, key]) => [key, String(input[name.replace(/key$/, 'value')])]));
}

/** Returns the statements of a policy document with sorted keys, so that two policies can be compared. */
function sorted(document: string | undefined): unknown {
  const { Statement } = JSON.parse(document ?? '') as { readonly Statement: readonly object[] };
  return Statement.map((each) => Object.entries(each).sort());
}
