import { expect, test } from 'vitest';
import { parseFleetSettings } from '../../../lambdas/shared/fleet-settings.ts';
import { METRICS } from '../../../lambdas/shared/names.ts';
import { metricKey, synthesizedAlarms } from '../alarms/synthesized-alarms.ts';
import {
  allStatements,
  BOTH_BROKERS,
  findNamedResource,
  inboxId,
  onlyResource,
  policyLines,
  policyOf,
  propertiesOf,
  resources,
  templateOf,
  valueText,
} from '../synth.ts';

const SSM = 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/broker-tokens';
const TOPICS = 'arn:<AWS::Partition>:sns:<AWS::Region>:<AWS::AccountId>:BrokerTokens-reports-*.fifo';
const template = templateOf({ ...BOTH_BROKERS, fleet: {} });

const viaService = (service: string) =>
  `if StringEquals kms:ViaService=${service}.<AWS::Region>.amazonaws.com`;

test('a stack without the fleet option has no fleet resource', () => {
  const plain = templateOf(BOTH_BROKERS);
  plain.resourceCountIs('AWS::Scheduler::ScheduleGroup', 1);
  plain.resourceCountIs('AWS::Lambda::Function', 2);
  expect(Object.keys(plain.toJSON()['Resources'] as object).filter((id) => id.includes('Fleet'))).toEqual([]);
});

test('the fleet parameter contains the stack settings that the command "tokens add" reads', () => {
  const [, { Properties }] = findNamedResource(
    template,
    'AWS::SSM::Parameter',
    'Name',
    '/broker-tokens/fleet',
  );
  const settings = JSON.parse(valueText(Properties['Value'])) as Record<string, unknown>;
  expect(settings).toMatchObject({
    secretPrefix: 'broker-tokens/',
    scheduleGroup: 'BrokerTokens-fleet',
    inboxArn: `<${inboxId(template)}.Arn>`,
    reportTopicArn: TOPICS,
    tokenKeyArn: `<${onlyResource(template, 'AWS::KMS::Key')[0]}.Arn>`,
    checkEverySeconds: 300,
    responseTimeSeconds: 900,
    egress: 'public',
  });
  expect(settings).not.toHaveProperty('renewBeforeSeconds');
  const arns = {
    schedulerRoleArn: 'arn:aws:iam::123456789012:role/r',
    inboxArn: 'arn:aws:sqs:r:123456789012:q',
    reportTopicArn: 'arn:aws:sns:r:123456789012:BrokerTokens-reports-*.fifo',
    tokenKeyArn: 'arn:aws:kms:r:123456789012:key/k',
  };
  expect(parseFleetSettings(JSON.stringify({ ...settings, ...arns }))).toBeDefined();
});

test('the report topics of a fleet may send messages to the inbox, and the cleanup function may delete them', () => {
  const senders = allStatements(template, 'AWS::SQS::QueuePolicy').filter(
    ({ Principal }) => JSON.stringify(Principal) === '{"Service":"sns.amazonaws.com"}',
  );
  expect(policyLines(senders)).toEqual([
    `sqs:SendMessage <${inboxId(template)}.Arn> if ArnLike aws:SourceArn=${TOPICS}`,
  ]);
  const cleanups = propertiesOf(template, 'Custom::BrokerTokenParameters');
  expect(cleanups.map(({ ReportTopics = '' }) => valueText(ReportTopics)).filter(Boolean)).toEqual([TOPICS]);
});

test('the function of a stack with a fleet has wildcard permissions only for tokens, parameters and secrets below the prefix', () => {
  const [key] = onlyResource(template, 'AWS::KMS::Key');
  const secret = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:broker-tokens/';
  const secrets = [`${secret}*`, `${secret}kis-paper-??????`, `${secret}kiwoom-paper-??????`];
  const ofToken = `${viaService('ssm')} and StringLike kms:EncryptionContext:PARAMETER_ARN=${SSM}/*/token`;
  const lines = policyLines(policyOf(template, 'TokenRefresherRoleDefault'));
  expect(lines.filter((line) => /^(kms|ssm|secretsmanager):/.test(line))).toEqual([
    `kms:Decrypt <${key}.Arn> ${ofToken}`,
    `kms:Encrypt <${key}.Arn> ${ofToken}`,
    ...secrets.map((each) => `secretsmanager:DescribeSecret ${each}`),
    ...secrets.map((each) => `secretsmanager:GetSecretValue ${each}`),
    `ssm:AddTagsToResource ${SSM}/*/state`,
    `ssm:AddTagsToResource ${SSM}/*/token`,
    `ssm:GetParameter ${SSM}/*/token`,
    `ssm:GetParameters ${SSM}/*/config`,
    `ssm:GetParameters ${SSM}/*/state`,
    `ssm:GetParameters ${SSM}/*/token`,
    `ssm:PutParameter ${SSM}/*/state`,
    `ssm:PutParameter ${SSM}/*/token`,
  ]);
});

test('the fleet has its own schedule group, and its schedule role may only send messages to the inbox', () => {
  const lines = policyLines(policyOf(template, 'FleetSchedulerRole'));
  expect(lines).toContain(`sqs:SendMessage <${inboxId(template)}.Arn>`);
  for (const line of lines) expect(line).toMatch(new RegExp(`^sqs:.* <${inboxId(template)}.Arn>$`));
  const [group] = findNamedResource(template, 'AWS::Scheduler::ScheduleGroup', 'Name', 'BrokerTokens-fleet');
  template.hasResourceProperties('AWS::IAM::Role', {
    Description: 'Sends ticks of fleet credentials to the inbox of the token refresher',
    AssumeRolePolicyDocument: {
      Statement: [{ Condition: { StringEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [group, 'Arn'] } } } }],
    },
  });
});

test('the fleet monitor runs at the check interval, writes one parameter and cannot decrypt a token', () => {
  const [, schedule] = findNamedResource(template, 'AWS::Scheduler::Schedule', 'Name', 'FleetMonitor');
  expect(schedule.Properties).toMatchObject({ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
  const { Arn } = schedule.Properties['Target'] as { Arn: unknown };
  const target = valueText(Arn);
  expect(policyLines(policyOf(template, 'TokenRefresherSchedulerRole'))).toContain(
    `lambda:InvokeFunction ${target}`,
  );
  const lines = policyLines(policyOf(template, 'FleetMonitorRole'));
  const [key] = onlyResource(template, 'AWS::KMS::Key');
  expect(lines.filter((line) => !line.startsWith('logs:'))).toEqual([
    `kms:Decrypt <${key}.Arn> ${viaService('sns')}`,
    `kms:GenerateDataKey <${key}.Arn> ${viaService('sns')}`,
    'scheduler:GetSchedule arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/BrokerTokens-fleet/*',
    expect.stringMatching(/^sns:Publish <TokenRefresherAlarmsTopic/),
    `ssm:GetParameter ${SSM}/fleet-monitor`,
    `ssm:GetParametersByPath ${SSM}`,
    `ssm:GetParametersByPath ${SSM}/*`,
    `ssm:PutParameter ${SSM}/fleet-monitor`,
  ]);
  const [, code] =
    [...resources(template, 'AWS::Lambda::Function')].find(([id]) => target.includes(id)) ?? [];
  expect(code?.Properties['Environment']).toMatchObject({
    Variables: {
      PARAMETER_PREFIX: '/broker-tokens',
      SCHEDULE_GROUP: 'BrokerTokens-fleet',
      NAME_PREFIX: 'BrokerTokens',
      ALARM_TOPIC_ARN: expect.anything(),
    },
  });
});

test('the fleet alarms read the metrics of the fleet monitor and of the fleet schedule group', () => {
  const alarms = synthesizedAlarms(template).filter(({ chapter }) => chapter.startsWith('Fleet'));
  const metric = (name: string) =>
    metricKey('BrokerTokens', name, { service: 'broker-token-refresher', Stack: 'BrokerTokens' });
  const judged = alarms.map(
    ({ name, metric: read, definition: { statistic, threshold, treatMissingData } }) => [
      name,
      read,
      `${statistic} ${threshold} ${treatMissingData}`,
    ],
  );
  expect(judged).toEqual([
    ['BrokerTokens-FleetExpiringSoon', metric(METRICS.fleetHeadroom), 'Minimum 50 breaching'],
    ['BrokerTokens-FleetRefreshFailing', metric(METRICS.fleetFailureLevel), 'Minimum 1 ignore'],
    ['BrokerTokens-FleetActionRequired', metric(METRICS.fleetFailureLevel), 'Maximum 2 ignore'],
    [
      'BrokerTokens-FleetSchedulerDropped',
      'AWS/Scheduler/InvocationDroppedCount{ScheduleGroup=BrokerTokens-fleet}',
      'Sum 1 notBreaching',
    ],
  ]);
});

test('CloudFormation deletes the schedules and write permissions of a removed fleet before the parameters', () => {
  const cleanups = resources(template, 'Custom::BrokerTokenParameters');
  const [id, cleanup] = [...cleanups].find(([, { Properties }]) => 'FleetPrefix' in Properties) ?? [];
  expect(cleanup?.Properties).toMatchObject({
    FleetPrefix: '/broker-tokens',
    Parameters: ['/broker-tokens/fleet-monitor'],
    Keep: 'false',
  });
  const [, group] = findNamedResource(
    template,
    'AWS::Scheduler::ScheduleGroup',
    'Name',
    'BrokerTokens-fleet',
  );
  expect(group.DependsOn).toContain(id);
  const role = [...resources(template, 'AWS::IAM::Role')].find(([each]) => /RefresherRole/.test(each));
  expect(role?.[1].DependsOn).toContain(id);
  // CloudFormation deletes the permissions of the cleanup function after the custom resource that uses them.
  expect(cleanup?.DependsOn).toContainEqual(expect.stringContaining('CleanupRights'));
  expect(policyLines(policyOf(template, 'CleanupRights'))).toEqual([
    `sns:DeleteTopic ${TOPICS}`,
    `ssm:DeleteParameters ${SSM}/*/config`,
    `ssm:DeleteParameters ${SSM}/fleet-monitor`,
    `ssm:GetParametersByPath ${SSM}`,
    `ssm:GetParametersByPath ${SSM}/*`,
  ]);
});
