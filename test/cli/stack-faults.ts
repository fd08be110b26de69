import { type Stack, TOPIC } from './healthy-stack.ts';

/** What may be wrong with a stack, what `doctor` says of it, and what it recommends. */
export const STACK_FAULTS: readonly [
  sentence: string,
  apply: (stack: Stack) => void,
  text: RegExp,
  fix: RegExp,
][] = [
  [
    'a disabled schedule',
    (stack) => Object.assign(stack.schedules['kis-main'] ?? {}, { State: 'DISABLED' }),
    /kis-main: its schedule is disabled/,
    /Enable it/,
  ],
  [
    'a schedule that is gone',
    (stack) => delete stack.schedules['kis-main'],
    /kis-main: has no schedule/,
    /Deploy/,
  ],
  [
    'a schedule of another rate',
    (stack) => Object.assign(stack.schedules['kis-main'] ?? {}, { ScheduleExpression: 'rate(12 minutes)' }),
    /every 12 min, and its config says 5 min/,
    /Deploy/,
  ],
  [
    'a credential without a tick for an hour',
    (stack) => {
      stack.tickAge['kis-main'] = 3_700_000;
    },
    /kis-main: the last tick was 1 h 1 min ago/,
    /runbook/,
  ],
  [
    'a credential that never had a tick',
    (stack) => {
      stack.tickAge['kis-main'] = undefined;
    },
    /kis-main: no tick in the last 3 h/,
    /runbook/,
  ],
  [
    'a message that waits long',
    (stack) => {
      stack.ageOfOldest = 3000;
    },
    /waited in the inbox for 50 min/,
    /inboxstalled/,
  ],
  [
    'many messages that wait',
    (stack) => {
      stack.queue['ApproximateNumberOfMessages'] = '50';
    },
    /50 messages wait/,
    /inboxstalled/,
  ],
  [
    'an inbox without dead letters',
    (stack) => delete stack.queue['RedrivePolicy'],
    /has no dead letters/,
    /Deploy/,
  ],
  [
    'a dead letter',
    (stack) => {
      stack.deadLetters['ApproximateNumberOfMessages'] = '1';
    },
    /A message lies in BrokerTokens-dead-letters.fifo/,
    /deadletters/,
  ],
  [
    'a function that takes no messages',
    (stack) => {
      stack.mapping = [{ FunctionArn: 'arn:aws:lambda:r:1:function:f', State: 'Disabled', UUID: 'u' }];
    },
    /takes no messages/,
    /aws lambda update-event-source-mapping --uuid u --enabled/,
  ],
  [
    'an inbox without a function',
    (stack) => {
      stack.mapping = [];
    },
    /No function takes messages/,
    /Deploy/,
  ],
  [
    'a function that cannot start',
    (stack) => Object.assign(stack.function, { State: 'Failed', StateReason: 'the subnet is full' }),
    /Failed: the subnet is full/,
    /functionerrors/,
  ],
  [
    'a function of another prefix',
    (stack) => Object.assign(stack.function, { Environment: { Variables: { PARAMETER_PREFIX: '/other' } } }),
    /keeps its parameters under \/other/,
    /--prefix \/other/,
  ],
  [
    'a function with another broker address',
    (stack) =>
      Object.assign(stack.function, {
        Environment: {
          Variables: { PARAMETER_PREFIX: '/broker-tokens', BROKER_URL_KIS_LIVE: 'http://127.0.0.1' },
        },
      }),
    /BROKER_URL_KIS_LIVE/,
    /Deploy/,
  ],
  [
    'an alarm that is missing',
    (stack) => {
      stack.alarms = stack.alarms.filter(
        ({ AlarmName }) => AlarmName !== 'BrokerTokens-kis-main-ActionRequired',
      );
    },
    /BrokerTokens-kis-main-ActionRequired is missing/,
    /Deploy/,
  ],
  [
    'another name of the stack',
    (stack) => {
      stack.alarms = [];
    },
    /no alarm whose name begins with BrokerTokens-/,
    /--stack/,
  ],
  [
    'an alarm that is on',
    (stack) => Object.assign(stack.alarms.at(-1) ?? {}, { StateValue: 'ALARM' }),
    /SchedulerDropped is on since/,
    /#schedulerdropped/,
  ],
  [
    'an alarm without an action',
    (stack) => Object.assign(stack.alarms[0] ?? {}, { AlarmActions: [] }),
    /notifies nothing: it has no action/,
    /Deploy/,
  ],
  [
    'an alarm that was silenced',
    (stack) => Object.assign(stack.alarms[0] ?? {}, { ActionsEnabled: false }),
    /actions are disabled/,
    /aws cloudwatch enable-alarm-actions/,
  ],
  [
    'a topic without a subscription',
    (stack) => {
      stack.topic['SubscriptionsConfirmed'] = '0';
    },
    /The alarm topic has no confirmed subscription/,
    new RegExp(`aws sns subscribe --topic-arn ${TOPIC}`),
  ],
  [
    'a subscription that was never confirmed',
    (stack) => Object.assign(stack.topic, { SubscriptionsConfirmed: '0', SubscriptionsPending: '1' }),
    /The alarm topic has no confirmed subscription/,
    /Open the mail/,
  ],
  [
    'a topic that denies publishing',
    (stack) => {
      stack.topic['Policy'] = JSON.stringify({
        Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sns:Publish' }],
      });
    },
    /CloudWatch may not publish/,
    /Deploy/,
  ],
  [
    'a topic with the default key',
    (stack) => {
      stack.topic['KmsMasterKeyId'] = 'alias/aws/sns';
    },
    /alias\/aws\/sns/,
    /Deploy/,
  ],
  [
    'a key that CloudWatch may not use',
    (stack) => {
      stack.keyPolicy = {
        Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::1:root' }, Action: 'kms:*' }],
      };
    },
    /may not use the key of the topic/,
    /Deploy/,
  ],
  [
    'a key that is being deleted',
    (stack) => {
      stack.keyState = 'PendingDeletion';
    },
    /is PendingDeletion/,
    /aws kms cancel-key-deletion/,
  ],
  [
    'a token that is stored unencrypted',
    (stack) => Object.assign(parameter(stack, 'kis-main/token'), { Type: 'String' }),
    /is stored unencrypted/,
    /aws ssm delete-parameter/,
  ],
  [
    'a token under the key of the account',
    (stack) => Object.assign(parameter(stack, 'kis-main/token'), { KeyId: 'alias/aws/ssm' }),
    /default key/,
    /aws ssm delete-parameter/,
  ],
  [
    'a token that is gone',
    (stack) => {
      stack.parameters = stack.parameters.filter(({ Name }) => !Name.endsWith('kis-main/token'));
    },
    /kis-main\/token is gone/,
    /next tick publishes/,
  ],
  [
    'what a removed credential left',
    (stack) => {
      stack.parameters.push({ Name: '/broker-tokens/old/token', Type: 'SecureString' });
    },
    /No credential has \/broker-tokens\/old\/token/,
    /delete-parameters/,
  ],
  [
    'a network whose address it cannot see',
    (stack) => {
      delete stack.outputs['EgressAddress'];
    },
    /outbound IP address cannot be determined/,
    /NAT/,
  ],
];

function parameter(stack: Stack, name: string): object {
  return stack.parameters.find(({ Name }) => Name.endsWith(name)) ?? {};
}
