import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface ChannelProps {
  /**
   * The alarm topic: `alarmTopic` of the token refresher, or `Topic.fromTopicArn` with the output
   * `AlarmTopicArn`.
   */
  readonly topic: ITopic;
  /**
   * The name of the secret. The name must not start with `broker-tokens/`, the prefix of app keys, because
   * the refresher may read those secrets.
   */
  readonly secretName: string;
}

/** Sends alarms to a Telegram chat. The secret contains the bot token. */
export function addTelegram(
  scope: Construct,
  props: ChannelProps & { readonly chatId: string },
): NodejsFunction {
  return addChannel(scope, 'Telegram', props, {
    TELEGRAM_SECRET_ID: props.secretName,
    TELEGRAM_CHAT_ID: props.chatId,
  });
}

/** Sends alarms to a Discord channel. The secret contains the URL of the webhook. */
export function addDiscord(scope: Construct, props: ChannelProps): NodejsFunction {
  return addChannel(scope, 'Discord', props, { DISCORD_SECRET_ID: props.secretName });
}

function addChannel(
  parent: Construct,
  service: 'Telegram' | 'Discord',
  { topic, secretName }: ChannelProps,
  environment: Readonly<Record<string, string>>,
): NodejsFunction {
  const scope = new Construct(parent, service);
  const notifier = new NodejsFunction(scope, 'Notifier', {
    description: `Sends notifications of the alarm topic to ${service}`,
    entry: `examples/notifications/${service.toLowerCase()}.ts`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    // The timeout is sufficient for three attempts of 5 seconds and two pauses of 15 seconds.
    timeout: Duration.minutes(1),
    environment: { ...environment },
    logGroup: new LogGroup(scope, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  });
  Secret.fromSecretNameV2(scope, 'Secret', secretName).grantRead(notifier);
  topic.addSubscription(new LambdaSubscription(notifier));

  // This alarm reports a failing channel to the other subscribers of the topic. The alarm has no OK action,
  // because the failing channel could not deliver the OK notification and would raise the alarm again.
  notifier
    .metricErrors({ period: Duration.minutes(5) })
    .createAlarm(scope, 'Failing', {
      alarmName: `${Stack.of(scope).stackName}-${service}Failing`,
      alarmDescription: `Notifications do not reach ${service}.\nThen: docs/notifications.md#troubleshooting`,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    .addAlarmAction(new SnsAction(topic));
  return notifier;
}
