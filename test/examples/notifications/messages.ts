import { messageOf, type Notification } from '../../../lambdas/fleet-monitor/notifications.ts';

interface AlarmMessageInput {
  readonly name: string;
  readonly state?: string;
  readonly description?: string;
  readonly reason?: string;
  readonly credential?: string;
}

/** An alarm of one credential, in a stack whose name has a hyphen. */
export const ACTION_REQUIRED_ALARM: AlarmMessageInput = {
  name: 'Broker-Tokens-kis-main-ActionRequired',
  credential: 'kis-main',
  description:
    'kis-main: the token cannot be refreshed until you act. The broker rejects the app key.\n' +
    'Run: aws ssm get-parameter --name /broker-tokens/kis-main/state\n' +
    'Then: docs/runbook.md#actionrequired',
};

/**
 * Returns fields of the SNS message of a CloudWatch alarm, with the names and formats of this real sample:
 * `events/testdata/cloudwatch-alarm-sns-payload-single-metric.json` of aws/aws-lambda-go.
 */
export function alarmMessage(alarm: AlarmMessageInput): string {
  const { name, state = 'ALARM', description = null, credential } = alarm;
  return JSON.stringify({
    AlarmName: name,
    AlarmDescription: description,
    NewStateValue: state,
    NewStateReason: alarm.reason ?? 'Threshold Crossed: 1 out of the last 1 datapoints [2.0] was greater.',
    StateChangeTime: '2026-11-21T10:05:00.123+0000',
    Region: 'Asia Pacific (Seoul)',
    AlarmArn: `arn:aws:cloudwatch:ap-northeast-2:111122223333:alarm:${name}`,
    Trigger: {
      MetricName: 'FailureLevel',
      Namespace: 'BrokerTokens',
      Dimensions: [
        { value: 'broker-token-refresher', name: 'service' },
        ...(credential ? [{ value: credential, name: 'Credential' }] : []),
      ],
    },
  });
}

/** Returns the JSON message that the fleet monitor publishes for Lambda subscribers. */
export function fleetMessage(change: Partial<Notification>): string {
  const notification: Notification = {
    id: 'kis-2',
    level: 2,
    previousLevel: 1,
    reason: 'CredentialsRejected',
    detail: 'rejected: EGW00103 FAKE',
    ...change,
  };
  const { message } = messageOf(notification, { prefix: '/broker-tokens', region: 'ap-northeast-2' });
  return (JSON.parse(message) as { readonly lambda: string }).lambda;
}
