import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { ALARMS } from '../../../lambdas/shared/names.ts';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { BrokerTokensStack } from '../../../lib/stack.ts';
import {
  BOTH_BROKERS,
  findNamedResource,
  onlyResource,
  policyLines,
  propertiesOf,
  refresherResource,
  type Statement,
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

test('a stack has three alarms per credential, and five alarms for all credentials together', () => {
  const expected = [
    ...ALARMS.credential.flatMap((name) => [`kis-paper-${name}`, `kiwoom-paper-${name}`]),
    ...ALARMS.service,
  ];
  expect(expected).toHaveLength(11);
  expect(
    alarmsOf(template)
      .map(({ AlarmName }) => AlarmName)
      .sort(),
  ).toEqual(expected.map((name) => `BrokerTokens-${name}`).sort());
});

test('the alarms of a stack read no custom metric of a different stack with the same credential ids', () => {
  const alarms = synthesizedAlarms(templateOf({ ...BOTH_BROKERS, fleet: {} }, 'Development'));
  const own = alarms.filter(({ metric }) => metric.startsWith('BrokerTokens/'));
  expect(own).toHaveLength(10);
  for (const { metric } of own) expect(metric).toContain('Stack=Development,');
});

test.for(['RefreshFailing', 'ActionRequired'])(
  'the alarm %s keeps its state while data is missing',
  (name) => {
    expect(alarm(`BrokerTokens-kis-paper-${name}`)['TreatMissingData']).toBe('ignore');
  },
);

// The period is longer than the check interval, because a tick may start a minute late and may then wait
// until a token expires.
test.for([
  ['1m', 4, 2 * (60 + 150), 8],
  ['2m', 5, 2 * (120 + 150), 11],
  ['5m', 10, 2 * (300 + 150), 20],
  ['12m', 24, 2 * (720 + 150), 41],
] as const)(
  'at a check interval of %s, the period of the credential alarms is %i minutes, FunctionErrors covers the retry of a message, and InboxStalled fires after the retry',
  ([checkEvery, minutes, visibility, errorMinutes]) => {
    const other = templateOf({ ...BOTH_BROKERS, checkEvery, renewBefore: '3h' });
    const own = alarmsOf(other).filter(({ AlarmName }) => String(AlarmName).includes('-paper-'));
    expect(own.map(({ Period }) => Period)).toEqual(Array(6).fill(minutes * 60));
    expect(alarm('BrokerTokens-FunctionErrors', other)['Period']).toBe(errorMinutes * 60);
    expect(alarm('BrokerTokens-InboxStalled', other)).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: visibility + 2 * 60 * Number.parseInt(checkEvery, 10),
    });
  },
);

test.for([
  ['the runbook in docs', undefined],
  ['the longest runbookUrl', `https://example.com/${'r'.repeat(180)}`],
] as const)(
  'every alarm description contains its meaning, a command and a link to %s in fewer than 900 characters',
  ([, runbookUrl]) => {
    const egress = { kind: 'static', nat: 'instance' };
    const all = synthesizedAlarms(templateOf({ ...BOTH_BROKERS, egress, fleet: {}, runbookUrl }));
    expect(all).toHaveLength(16);
    for (const { name, description, chapter } of all) {
      const [meaning, command, link, ...others] = description.split('\n');
      expect(others).toEqual([]);
      expect(command).toMatch(/^Run: aws [a-z\d]+ [a-z-]+ /);
      const document = chapter.startsWith('Fleet') ? 'docs/runbook-fleet.md' : 'docs/runbook.md';
      expect(link).toBe(`Then: ${runbookUrl ?? document}#${chapter.toLowerCase()}`);
      // CloudWatch allows 1,024 characters. In a deployed stack, the names of queues and log groups make
      // descriptions longer.
      expect(description.length).toBeLessThan(900);
      const credential = /-(\w+-paper)-/.exec(name)?.[1];
      if (credential === undefined) continue;
      expect(meaning).toContain(`${credential}: `);
      expect(command).toContain(`aws ssm get-parameter --name /broker-tokens/${credential}/state`);
    }
  },
);

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
  const [topic, { Properties }] = onlyResource(walked, 'AWS::SNS::Topic');
  const [keyId, key] = onlyResource(walked, 'AWS::KMS::Key');
  expect(valueText(Properties['KmsMasterKeyId'])).toBe(`<${keyId}.Arn>`);
  for (const { AlarmActions, OKActions } of alarmsOf(walked))
    expect([AlarmActions, OKActions]).toEqual([[{ Ref: topic }], [{ Ref: topic }]]);

  const ofCloudWatch = (list: readonly Statement[]) =>
    policyLines(
      list.filter(({ Principal }) => JSON.stringify(Principal).includes('cloudwatch.amazonaws.com')),
    );
  const condition = 'if StringEquals aws:SourceAccount=<AWS::AccountId>';
  const [, policy] = onlyResource(walked, 'AWS::SNS::TopicPolicy');
  expect(policy.Properties['Topics']).toEqual([{ Ref: topic }]);
  expect(ofCloudWatch(statements(policy.Properties['PolicyDocument']))).toEqual([
    `sns:Publish <${topic}> ${condition}`,
  ]);
  expect(ofCloudWatch(statements(key.Properties['KeyPolicy']))).toEqual([
    `kms:Decrypt * ${condition}`,
    `kms:GenerateDataKey* * ${condition}`,
  ]);
});

test('the alarm topic has a subscription only if alarmEmail is set', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'me@example.com' });
  templateOf(BOTH_BROKERS).resourceCountIs('AWS::SNS::Subscription', 0);
});
