import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { METRICS } from '../../../lambdas/shared/names.ts';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { BrokerTokensStack } from '../../../lib/stack.ts';
import {
  actions,
  BOTH_BROKERS,
  findNamedResource,
  KIS,
  KIWOOM,
  onlyResource,
  propertiesOf,
  refresherResource,
  resources,
  statements,
  Template,
  templateOf,
  testAssets,
  valueText,
} from '../synth.ts';
import { synthesizedAlarms } from './synthesized-alarms.ts';

const template = templateOf({ ...BOTH_BROKERS, alarmEmail: 'me@example.com' });

function alarmsOf(from: Template): readonly Readonly<Record<string, unknown>>[] {
  return propertiesOf(from, 'AWS::CloudWatch::Alarm');
}

function alarm(name: string, from = template): Readonly<Record<string, unknown>> {
  return findNamedResource(from, 'AWS::CloudWatch::Alarm', 'AlarmName', name)[1].Properties;
}

const CREDENTIAL_ALARMS = ['ExpiringSoon', 'ActionRequired', 'RefreshFailing'];
const SERVICE_ALARMS = [
  'DeadLetters',
  'FunctionErrors',
  'InboxStalled',
  'RefusedMessages',
  'SchedulerDropped',
];

test('a stack has three alarms per credential, and five alarms for all credentials together', () => {
  expect(alarmsOf(template).map(({ AlarmName }) => AlarmName)).toHaveLength(11);
  expect(new Set(alarmsOf(template).map(({ AlarmName }) => AlarmName))).toEqual(
    new Set([
      ...CREDENTIAL_ALARMS.map((name) => `BrokerTokens-kis-paper-${name}`),
      ...CREDENTIAL_ALARMS.map((name) => `BrokerTokens-kiwoom-paper-${name}`),
      ...SERVICE_ALARMS.map((name) => `BrokerTokens-${name}`),
    ]),
  );
});

test.for([
  [
    'ExpiringSoon fires below half the margin, and when data is missing',
    {
      MetricName: 'Headroom',
      Statistic: 'Minimum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 5400,
    },
    { EvaluationPeriods: 1, TreatMissingData: 'breaching' },
    { WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 20 } },
  ],
  [
    'RefreshFailing fires after two periods of failure level 1 or 2, and ignores missing data',
    { MetricName: 'FailureLevel', Statistic: 'Minimum', Threshold: 1 },
    { EvaluationPeriods: 2, TreatMissingData: 'ignore' },
    { ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
  ],
  [
    'ActionRequired fires at the first tick that reports failure level 2, and ignores missing data',
    { MetricName: 'FailureLevel', Statistic: 'Maximum', Threshold: 2 },
    { EvaluationPeriods: 2, DatapointsToAlarm: 1, TreatMissingData: 'ignore' },
    { ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
  ],
] as const)('%s', ([title, metric, evaluation, more]) => {
  const properties = { Namespace: 'BrokerTokens', ...metric, ...evaluation, ...more };
  expect(alarm(`BrokerTokens-kis-paper-${title.split(' ')[0]}`)).toMatchObject(properties);
});

test('the renewal margin of a credential changes only the threshold of its own ExpiringSoon alarm', () => {
  const other = templateOf({ credentials: [{ ...KIS, renewBefore: '4h' }, KIWOOM] });
  expect(alarm('BrokerTokens-kis-paper-ExpiringSoon', other)['Threshold']).toBe(7200);
  expect(alarm('BrokerTokens-kiwoom-paper-ExpiringSoon', other)['Threshold']).toBe(5400);
});

// The period is longer than the check interval, because a tick may start a minute late and may then wait
// until a token expires.
test.for([
  ['1m', 4],
  ['2m', 5],
  ['5m', 10],
  ['12m', 24],
] as const)(
  'the period of the credential alarms at a check interval of %s is %i minutes',
  ([checkEvery, minutes]) => {
    const other = templateOf({ ...BOTH_BROKERS, checkEvery, renewBefore: '3h' });
    const own = alarmsOf(other).filter(({ AlarmName }) => String(AlarmName).includes('-paper-'));
    expect(own).toHaveLength(6);
    for (const { Period } of own) expect(Period).toBe(minutes * 60);
  },
);

test.for([
  ['1m', 2 * (60 + 150), 8],
  ['5m', 2 * (300 + 150), 20],
  ['12m', 2 * (720 + 150), 41],
] as const)(
  'at a check interval of %s, FunctionErrors covers the retry of a message, and InboxStalled fires after the retry',
  ([checkEvery, visibility, minutes]) => {
    const other = templateOf({ ...BOTH_BROKERS, checkEvery, renewBefore: '3h' });
    expect(alarm('BrokerTokens-FunctionErrors', other)['Period']).toBe(minutes * 60);
    const interval = 60 * Number.parseInt(checkEvery, 10);
    expect(alarm('BrokerTokens-InboxStalled', other)).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: visibility + 2 * interval,
    });
  },
);

test('the alarms use the same metric dimensions that the function publishes', () => {
  const common = [
    { Name: METRICS.stackDimension, Value: 'BrokerTokens' },
    { Name: METRICS.serviceDimension, Value: METRICS.service },
  ];
  for (const { Dimensions, AlarmName } of alarmsOf(template)) {
    const credential = /-(\w+-paper)-/.exec(String(AlarmName))?.[1];
    if (credential === undefined) continue;
    expect(Dimensions).toEqual([{ Name: METRICS.credentialDimension, Value: credential }, ...common]);
  }
  expect(alarm('BrokerTokens-RefusedMessages')['Dimensions']).toEqual(common);
});

test('the alarms and the dashboard of a stack do not read metrics of a different stack with the same credential ids', () => {
  const read = (name: string) => {
    const stack = templateOf({ ...BOTH_BROKERS, fleet: {} }, name);
    const alarms = synthesizedAlarms(stack).map(({ metric }) => metric);
    const [, { Properties }] = onlyResource(stack, 'AWS::CloudWatch::Dashboard');
    const { widgets } = JSON.parse(valueText(Properties['DashboardBody'])) as {
      widgets: readonly { properties: { metrics?: readonly (readonly unknown[])[] } }[];
    };
    const shown = widgets.flatMap(({ properties }) => properties.metrics ?? []).map((each) => each.join('/'));
    const own = [...alarms, ...shown].filter((metric) => metric.startsWith('BrokerTokens/'));
    expect(own.length).toBeGreaterThan(10);
    return own;
  };
  const production = new Set(read('Production'));
  expect(read('Development').filter((metric) => production.has(metric))).toEqual([]);
});

test('every alarm description contains its meaning, a command and a runbook link in fewer than 900 characters', () => {
  for (const { name, description, chapter } of synthesizedAlarms(template)) {
    const lines = description.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^Run: aws [a-z]+ [a-z-]+ /);
    expect(lines[2]).toBe(`Then: docs/runbook.md#${chapter.toLowerCase()}`);
    // CloudWatch allows 1,024 characters. In a deployed stack, the names of queues and log groups make
    // descriptions longer.
    expect(description.length).toBeLessThan(900);
    const credential = /-(\w+-paper)-/.exec(name)?.[1];
    if (credential === undefined) continue;
    expect(lines[0]).toContain(`${credential}: `);
    expect(lines[1]).toContain(`aws ssm get-parameter --name /broker-tokens/${credential}/state`);
  }
});

test('every alarm description links to its runbook chapter, and has fewer than 900 characters with the longest runbookUrl', () => {
  const runbookUrl = `https://example.com/${'r'.repeat(180)}`;
  const egress = { kind: 'static', nat: 'instance' };
  const linked = synthesizedAlarms(templateOf({ ...BOTH_BROKERS, egress, fleet: {}, runbookUrl }));
  expect(linked).toHaveLength(16);
  for (const { description, chapter } of linked) {
    expect(description.split('\n')[2]).toBe(`Then: ${runbookUrl}#${chapter.toLowerCase()}`);
    // CloudWatch allows 1,024 characters. In a deployed stack, the names of queues and log groups make
    // descriptions longer.
    expect(description.length).toBeLessThan(900);
  }
});

test('the commands in alarm descriptions contain the names of the resources in the stack', () => {
  const [logs] = refresherResource(template, 'AWS::Logs::LogGroup');
  const commands = Object.fromEntries(
    synthesizedAlarms(template).map(({ chapter, description }) => [chapter, description.split('\n')[1]]),
  );
  expect(commands['FunctionErrors']).toContain(`aws logs tail <${logs}> `);
  expect(commands['RefusedMessages']).toContain(`aws logs tail <${logs}> `);
  expect(commands['DeadLetters']).toMatch(/--queue-url <\w+DeadLetters\w+> /);
  expect(commands['InboxStalled']).toMatch(/--queue-url <\w+Inbox\w+> /);
  expect(commands['SchedulerDropped']).toContain('--group-name BrokerTokens');
});

// CloudWatch loses a notification without an error if the topic policy or the key policy does not allow it.
// This app sets no CDK feature flags, because other apps may not set them either.
const flagless = new BrokerTokensStack(new App(), 'BrokerTokens', {
  config: parseBrokerTokens(BOTH_BROKERS),
  assets: testAssets(),
});

test.for([
  ['the recommended flags', template],
  ['no feature flags', Template.fromStack(flagless)],
] as const)('CloudWatch may publish every alarm to the encrypted topic with %s', ([, walked]) => {
  const topics = resources(walked, 'AWS::SNS::Topic');
  const policies = [...resources(walked, 'AWS::SNS::TopicPolicy').values()];
  const keys = resources(walked, 'AWS::KMS::Key');
  const cloudWatch = {
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
  };

  for (const { AlarmActions, OKActions } of alarmsOf(walked)) {
    expect(AlarmActions).toHaveLength(1);
    expect(OKActions).toEqual(AlarmActions);
    const [{ Ref: topicId }] = AlarmActions as readonly [{ Ref: string }];

    const policy = policies.find(({ Properties }) => JSON.stringify(Properties['Topics']).includes(topicId));
    const publish = statements(policy?.Properties['PolicyDocument']).filter(
      (statement) => statement.Effect === 'Allow' && actions(statement).includes('sns:Publish'),
    );
    expect(publish).toHaveLength(1);
    expect(publish[0]).toMatchObject({ ...cloudWatch, Resource: { Ref: topicId } });

    const keyId =
      /^<(\w+)\.Arn>$/.exec(valueText(topics.get(topicId)?.Properties['KmsMasterKeyId']))?.[1] ?? 'none';
    const uses = statements(keys.get(keyId)?.Properties['KeyPolicy']).filter(
      ({ Principal }) => JSON.stringify(Principal) === JSON.stringify(cloudWatch.Principal),
    );
    expect(uses).toHaveLength(1);
    expect(uses[0]).toMatchObject({ ...cloudWatch, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] });
  }
});

test('the alarm topic has a subscription only if alarmEmail is set', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'me@example.com' });
  templateOf(BOTH_BROKERS).resourceCountIs('AWS::SNS::Subscription', 0);
});
