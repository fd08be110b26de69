import { ALARM_TOPIC_ARN, type StackResources } from './healthy-stack.ts';

type Fault = readonly [text: string, fix: string, apply: (stack: StackResources) => unknown];

const REVERT_DRIFT = 'npx cdk deploy --revert-drift';
const TOKEN_PARAMETER = '/broker-tokens/kis-main/token';

/** Returns a function that changes fields of one resource of the stack. */
const change = (select: (stack: StackResources) => object | undefined, changes: object) => {
  return (stack: StackResources) => Object.assign(select(stack) ?? {}, changes);
};
const setSchedule = (changes: object) => change(({ schedules }) => schedules['kis-main'], changes);
const setFunction = (changes: object) => change((stack) => stack.function, changes);
const setTopic = (changes: object) => change(({ topic }) => topic, changes);
const setAlarm = (name: string, changes: Partial<StackResources['alarms'][number]>) =>
  change(({ alarms }) => alarms.find(({ AlarmName }) => AlarmName === `BrokerTokens-${name}`), changes);
const setTokenParameter = (changes: object) =>
  change(({ parameters }) => parameters.find(({ Name }) => Name === TOKEN_PARAMETER), changes);

/** The faults of a stack: the text and the fix that `doctor` must print, and the change that causes it. */
export const STACK_FAULTS: readonly Fault[] = [
  ['kis-main: the schedule is disabled', REVERT_DRIFT, setSchedule({ State: 'DISABLED' })],
  ['kis-main: there is no schedule', REVERT_DRIFT, ({ schedules }) => delete schedules['kis-main']],
  [
    'every 12 min, and its config says 5 min',
    REVERT_DRIFT,
    setSchedule({ ScheduleExpression: 'rate(12 minutes)' }),
  ],
  [
    'kis-main: the last tick was 1 h 1 min ago',
    'docs/runbook.md#expiringsoon',
    ({ tickAges }) => Object.assign(tickAges, { 'kis-main': 3_700_000 }),
  ],
  [
    'kis-main: no tick in the last 3 h',
    'docs/runbook.md#expiringsoon',
    ({ tickAges }) => delete tickAges['kis-main'],
  ],
  [
    'InboxStalled is in ALARM state since',
    '#inboxstalled',
    setAlarm('InboxStalled', { StateValue: 'ALARM' }),
  ],
  ['has no dead-letter queue', REVERT_DRIFT, ({ queue }) => delete queue['RedrivePolicy']],
  [
    'receives no messages',
    'aws lambda update-event-source-mapping --uuid fake-mapping --enabled',
    ({ eventSourceMappings: [mapping] }) => Object.assign(mapping ?? {}, { State: 'Disabled' }),
  ],
  ['No function receives messages', REVERT_DRIFT, ({ eventSourceMappings }) => eventSourceMappings.splice(0)],
  [
    'Failed: the subnet is full',
    'runbook.md#functionerrors',
    setFunction({ State: 'Failed', StateReason: 'the subnet is full' }),
  ],
  [
    'parameters of this stack are under /other',
    '--prefix /other',
    setFunction({ Environment: { Variables: { PARAMETER_PREFIX: '/other' } } }),
  ],
  [
    'BROKER_URL_KIS_LIVE',
    REVERT_DRIFT,
    setFunction({ Environment: { Variables: { BROKER_URL_KIS_LIVE: 'http://127.0.0.1' } } }),
  ],
  [
    'BrokerTokens-kis-main-ActionRequired does not exist',
    REVERT_DRIFT,
    setAlarm('kis-main-ActionRequired', { AlarmName: 'BrokerTokens-renamed' }),
  ],
  [
    'no alarm whose name starts with BrokerTokens-',
    'Pass --stack <name of the stack>',
    ({ alarms }) => alarms.splice(0),
  ],
  ['sends no notifications: it has no action', REVERT_DRIFT, setAlarm('InboxStalled', { AlarmActions: [] })],
  [
    'sends no notifications: its actions are disabled',
    'aws cloudwatch enable-alarm-actions',
    setAlarm('InboxStalled', { ActionsEnabled: false }),
  ],
  [
    'The alarm topic has no confirmed subscription',
    `aws sns subscribe --topic-arn ${ALARM_TOPIC_ARN}`,
    setTopic({ SubscriptionsConfirmed: '0' }),
  ],
  [
    'The alarm topic has no confirmed subscription.',
    'Open the email',
    setTopic({ SubscriptionsConfirmed: '0', SubscriptionsPending: '1' }),
  ],
  [
    'only one confirmed subscription; if that channel fails, you receive no notification',
    'docs/notifications.md',
    setTopic({ SubscriptionsConfirmed: '1' }),
  ],
  ['Subscriptions that are not confirmed: 1', 'Open the email', setTopic({ SubscriptionsPending: '1' })],
  [
    'CloudWatch may not publish',
    REVERT_DRIFT,
    setTopic({ Policy: '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Publish"}]}' }),
  ],
  ['alias/aws/sns', REVERT_DRIFT, setTopic({ KmsMasterKeyId: 'alias/aws/sns' })],
  [
    'may not use the key of the topic',
    REVERT_DRIFT,
    (stack) => {
      const Principal = { AWS: 'arn:aws:iam::1:root' };
      stack.keyPolicy = { Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*' }] };
    },
  ],
  [
    'is PendingDeletion',
    'aws kms cancel-key-deletion',
    (stack) => Object.assign(stack, { keyState: 'PendingDeletion' }),
  ],
  [
    'the token is not encrypted',
    `aws ssm delete-parameter --name ${TOKEN_PARAMETER}`,
    setTokenParameter({ Type: 'String' }),
  ],
  ['default key', 'aws ssm delete-parameter', setTokenParameter({ KeyId: 'alias/aws/ssm' })],
  [
    `${TOKEN_PARAMETER} does not exist`,
    'next tick publishes',
    (stack) =>
      Object.assign(stack, { parameters: stack.parameters.filter(({ Name }) => Name !== TOKEN_PARAMETER) }),
  ],
  [
    'These parameters belong to no credential: /broker-tokens/old/token',
    'aws ssm delete-parameters --names /broker-tokens/old/token',
    ({ parameters }) => parameters.push({ Name: '/broker-tokens/old/token', Type: 'SecureString' }),
  ],
  [
    'cannot determine its outbound IP address',
    'Register the IP address of the NAT',
    ({ outputs }) => delete outputs['EgressAddress'],
  ],
];
