import { ALARM_TOPIC_ARN, type StackResources } from './healthy-stack.ts';

type Fault = readonly [title: string, apply: (stack: StackResources) => void, text: RegExp, fix: RegExp];

const REVERT_DRIFT = /^npx cdk deploy --revert-drift$/;

/** The faults of a stack, each with the text and the fix that `doctor` must print. */
export const STACK_FAULTS: readonly Fault[] = [
  [
    'a disabled schedule',
    ({ schedules }) => Object.assign(schedules['kis-main'] ?? {}, { State: 'DISABLED' }),
    /kis-main: the schedule is disabled/,
    REVERT_DRIFT,
  ],
  [
    'a deleted schedule',
    ({ schedules }) => delete schedules['kis-main'],
    /kis-main: there is no schedule/,
    REVERT_DRIFT,
  ],
  [
    'a schedule with another rate',
    ({ schedules }) => Object.assign(schedules['kis-main'] ?? {}, { ScheduleExpression: 'rate(12 minutes)' }),
    /every 12 min, and its config says 5 min/,
    REVERT_DRIFT,
  ],
  [
    'a credential without a tick for an hour',
    ({ tickAges }) => Object.assign(tickAges, { 'kis-main': 3_700_000 }),
    /kis-main: the last tick was 1 h 1 min ago/,
    /runbook/,
  ],
  [
    'a credential without any tick',
    ({ tickAges }) => delete tickAges['kis-main'],
    /kis-main: no tick in the last 3 h/,
    /runbook/,
  ],
  [
    'messages in the inbox that no function receives',
    ({ alarms }) => turnOnAlarm(alarms, 'InboxStalled'),
    /InboxStalled is in ALARM state since/,
    /#inboxstalled/,
  ],
  [
    'a message in the dead-letter queue',
    ({ alarms }) => turnOnAlarm(alarms, 'DeadLetters'),
    /DeadLetters is in ALARM state since/,
    /#deadletters/,
  ],
  [
    'an inbox without a dead-letter queue',
    ({ queue }) => delete queue['RedrivePolicy'],
    /has no dead-letter queue/,
    REVERT_DRIFT,
  ],
  [
    'a disabled event source mapping',
    ({ eventSourceMappings }) =>
      Object.assign(eventSourceMappings[0] ?? {}, { State: 'Disabled', UUID: 'u' }),
    /receives no messages/,
    /aws lambda update-event-source-mapping --uuid u --enabled/,
  ],
  [
    'an inbox without an event source mapping',
    ({ eventSourceMappings }) => eventSourceMappings.splice(0),
    /No function receives messages/,
    REVERT_DRIFT,
  ],
  [
    'a function that cannot start',
    (stack) => Object.assign(stack.function, { State: 'Failed', StateReason: 'the subnet is full' }),
    /Failed: the subnet is full/,
    /functionerrors/,
  ],
  [
    'a function with another parameter prefix',
    (stack) => Object.assign(stack.function, { Environment: { Variables: { PARAMETER_PREFIX: '/other' } } }),
    /parameters of this stack are under \/other/,
    /--prefix \/other/,
  ],
  [
    'a function with another broker URL',
    (stack) => {
      const Variables = { PARAMETER_PREFIX: '/broker-tokens', BROKER_URL_KIS_LIVE: 'http://127.0.0.1' };
      Object.assign(stack.function, { Environment: { Variables } });
    },
    /BROKER_URL_KIS_LIVE/,
    REVERT_DRIFT,
  ],
  [
    'a deleted alarm',
    ({ alarms }) => alarms.splice(alarms.indexOf(alarmNamed(alarms, 'kis-main-ActionRequired')), 1),
    /BrokerTokens-kis-main-ActionRequired does not exist/,
    REVERT_DRIFT,
  ],
  [
    'a stack whose name differs from the option --stack',
    ({ alarms }) => alarms.splice(0),
    /no alarm whose name starts with BrokerTokens-/,
    /--stack/,
  ],
  [
    'an alarm without an action',
    ({ alarms }) => Object.assign(alarms[0] ?? {}, { AlarmActions: [] }),
    /sends no notifications: it has no action/,
    REVERT_DRIFT,
  ],
  [
    'an alarm with disabled actions',
    ({ alarms }) => Object.assign(alarms[0] ?? {}, { ActionsEnabled: false }),
    /actions are disabled/,
    /aws cloudwatch enable-alarm-actions/,
  ],
  [
    'a topic without a subscription',
    ({ topic }) => Object.assign(topic, { SubscriptionsConfirmed: '0' }),
    /The alarm topic has no confirmed subscription/,
    new RegExp(`aws sns subscribe --topic-arn ${ALARM_TOPIC_ARN}`),
  ],
  [
    'a subscription that is not confirmed',
    ({ topic }) => Object.assign(topic, { SubscriptionsConfirmed: '0', SubscriptionsPending: '1' }),
    /The alarm topic has no confirmed subscription/,
    /Open the email/,
  ],
  [
    'a topic with only one confirmed subscription',
    ({ topic }) => Object.assign(topic, { SubscriptionsConfirmed: '1' }),
    /only one confirmed subscription; if that channel fails, you receive no notification/,
    /second channel.*docs\/notifications\.md/,
  ],
  [
    'a second subscription that is not confirmed',
    ({ topic }) => Object.assign(topic, { SubscriptionsPending: '1' }),
    /Subscriptions that are not confirmed: 1/,
    /Open the email/,
  ],
  [
    'a topic without the permission for CloudWatch to publish',
    ({ topic }) => {
      const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'sns:Publish' }];
      Object.assign(topic, { Policy: JSON.stringify({ Statement }) });
    },
    /CloudWatch may not publish/,
    REVERT_DRIFT,
  ],
  [
    'a topic that is encrypted with the default key of SNS',
    ({ topic }) => Object.assign(topic, { KmsMasterKeyId: 'alias/aws/sns' }),
    /alias\/aws\/sns/,
    REVERT_DRIFT,
  ],
  [
    'a topic key without the permission for CloudWatch',
    (stack) => {
      const Principal = { AWS: 'arn:aws:iam::1:root' };
      stack.keyPolicy = { Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*' }] };
    },
    /may not use the key of the topic/,
    REVERT_DRIFT,
  ],
  [
    'a token key that is scheduled for deletion',
    (stack) => {
      stack.keyState = 'PendingDeletion';
    },
    /is PendingDeletion/,
    /aws kms cancel-key-deletion/,
  ],
  [
    'a token that is not encrypted',
    (stack) => Object.assign(parameter(stack, 'kis-main/token'), { Type: 'String' }),
    /the token is not encrypted/,
    /aws ssm delete-parameter --name \/broker-tokens\/kis-main\/token$/,
  ],
  [
    'a token that is encrypted with the default key of the account',
    (stack) => Object.assign(parameter(stack, 'kis-main/token'), { KeyId: 'alias/aws/ssm' }),
    /default key/,
    /aws ssm delete-parameter/,
  ],
  [
    'a deleted token parameter',
    (stack) => stack.parameters.splice(stack.parameters.indexOf(parameter(stack, 'kis-main/token')), 1),
    /kis-main\/token does not exist/,
    /next tick publishes/,
  ],
  [
    'parameters of a removed credential',
    ({ parameters }) => parameters.push({ Name: '/broker-tokens/old/token', Type: 'SecureString' }),
    /These parameters belong to no credential: \/broker-tokens\/old\/token/,
    /aws ssm delete-parameters --names \/broker-tokens\/old\/token/,
  ],
  [
    'an unknown outbound IP address',
    ({ outputs }) => delete outputs['EgressAddress'],
    /cannot determine its outbound IP address/,
    /NAT/,
  ],
];

type Alarm = StackResources['alarms'][number];

function alarmNamed(alarms: readonly Alarm[], name: string): Alarm {
  const found = alarms.find(({ AlarmName }) => AlarmName === `BrokerTokens-${name}`);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
}

function turnOnAlarm(alarms: readonly Alarm[], name: string): void {
  Object.assign(alarmNamed(alarms, name), { StateValue: 'ALARM' });
}

function parameter(stack: StackResources, name: string): StackResources['parameters'][number] {
  const found = stack.parameters.find(({ Name }) => Name.endsWith(name));
  if (found === undefined) throw new Error(`there is no parameter ${name}`);
  return found;
}
