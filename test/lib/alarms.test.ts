import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { METRICS } from '../../lambdas/shared/names.ts';
import { parseBrokerTokens } from '../../lib/config.ts';
import { BrokerTokensStack } from '../../lib/stack.ts';
import {
  actions,
  BOTH,
  KIS,
  KIWOOM,
  resources,
  stackOf,
  statements,
  Template,
  testCode,
  text,
} from './synth.ts';

const template = Template.fromStack(stackOf({ ...BOTH, alarmEmail: 'me@example.com' }));

function alarmsOf(from: Template): readonly Readonly<Record<string, unknown>>[] {
  return [...resources(from, 'AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);
}

function alarm(name: string, from = template): Readonly<Record<string, unknown>> {
  const found = alarmsOf(from).find(({ AlarmName }) => AlarmName === name);
  if (found === undefined) throw new Error(`There is no alarm ${name}`);
  return found;
}

test('each credential has its alarms, by name', () => {
  expect(
    alarmsOf(template)
      .map(({ AlarmName }) => AlarmName)
      .sort(),
  ).toEqual([
    'BrokerTokens-kis-paper-ExpiringSoon',
    'BrokerTokens-kis-paper-RefreshFailing',
    'BrokerTokens-kiwoom-paper-ExpiringSoon',
    'BrokerTokens-kiwoom-paper-RefreshFailing',
  ]);
});

test('ExpiringSoon goes off below half the margin, and when nothing is heard', () => {
  expect(alarm('BrokerTokens-kis-paper-ExpiringSoon')).toMatchObject({
    Namespace: 'BrokerTokens',
    MetricName: 'Headroom',
    Statistic: 'Minimum',
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1800,
    EvaluationPeriods: 1,
    TreatMissingData: 'breaching',
    WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 20 },
  });
});

test('RefreshFailing goes off after two periods of trouble, and silence is none of its business', () => {
  expect(alarm('BrokerTokens-kis-paper-RefreshFailing')).toMatchObject({
    Namespace: 'BrokerTokens',
    MetricName: 'Trouble',
    Statistic: 'Minimum',
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 1,
    EvaluationPeriods: 2,
    TreatMissingData: 'ignore',
  });
});

test('an own margin moves the threshold of its credential only', () => {
  const other = Template.fromStack(stackOf({ credentials: [{ ...KIS, renewBefore: '4h' }, KIWOOM] }));
  expect(alarm('BrokerTokens-kis-paper-ExpiringSoon', other)['Threshold']).toBe(7200);
  expect(alarm('BrokerTokens-kiwoom-paper-ExpiringSoon', other)['Threshold']).toBe(1800);
});

test.for(['1m', '5m', '12m'])(
  'with a tick every %s two ticks fall into each period of whole minutes',
  (checkEvery) => {
    const other = Template.fromStack(stackOf({ ...BOTH, checkEvery, renewBefore: '3h' }));
    for (const { Period } of alarmsOf(other)) {
      expect(Number(Period) % 60).toBe(0);
      expect(Number(Period)).toBe(2 * 60 * Number.parseInt(checkEvery, 10));
    }
  },
);

test('every alarm names both dimensions that Powertools writes', () => {
  for (const { Dimensions, AlarmName } of alarmsOf(template)) {
    const credential = String(AlarmName).includes('kiwoom') ? 'kiwoom-paper' : 'kis-paper';
    expect(Dimensions).toEqual([
      { Name: METRICS.credentialDimension, Value: credential },
      { Name: METRICS.serviceDimension, Value: METRICS.service },
    ]);
  }
});

test('every alarm says which credential, what to run, and where to read on', () => {
  for (const { AlarmDescription, AlarmName } of alarmsOf(template)) {
    const [, credential, chapter] = /^BrokerTokens-(.+)-(\w+)$/.exec(String(AlarmName)) ?? [];
    expect(AlarmDescription).toContain(`${credential}: `);
    expect(AlarmDescription).toContain(`aws ssm get-parameter --name /broker-tokens/${credential}/state`);
    expect(AlarmDescription).toContain(`docs/runbook.md#${chapter?.toLowerCase()}`);
    expect(String(AlarmDescription).length).toBeLessThanOrEqual(1024);
  }
});

// The way of a notification, where a hole means that alarms vanish silently. Also without feature
// flags, as somebody else's app may have it.
const flagless = new BrokerTokensStack(new App(), 'BrokerTokens', {
  config: parseBrokerTokens(BOTH),
  code: testCode(),
});

test.for([
  ['the recommended flags', template],
  ['no feature flags', Template.fromStack(flagless)],
] as const)('alarm → topic → topic policy → key policy is whole with %s', ([, walked]) => {
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
      /^<(\w+)\.Arn>$/.exec(text(topics.get(topicId)?.Properties['KmsMasterKeyId']))?.[1] ?? 'none';
    const uses = statements(keys.get(keyId)?.Properties['KeyPolicy']).filter(
      ({ Principal }) => JSON.stringify(Principal) === JSON.stringify(cloudWatch.Principal),
    );
    expect(uses).toHaveLength(1);
    expect(uses[0]).toMatchObject({ ...cloudWatch, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] });
  }
});

test('the address is subscribed, and without one nobody is', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'me@example.com' });
  Template.fromStack(stackOf(BOTH)).resourceCountIs('AWS::SNS::Subscription', 0);
});
