import { CfnResource, type Duration, Stack } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { type AlarmChapter, runbookChapterPath } from '../../lambdas/shared/names.ts';
import { suppressNag } from '../nag-suppressions.ts';
import type { RefresherParts } from '../refresher-parts.ts';

/** The name prefix, the topic and the runbook of an alarm. */
export type AlarmTarget = Pick<RefresherParts, 'namePrefix' | 'alarmTopic' | 'runbookUrl'>;

interface RunbookAlarmProps extends Omit<AlarmProps, 'alarmName' | 'comparisonOperator'> {
  /** @default ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD */
  readonly comparisonOperator?: ComparisonOperator;
  /** The meaning of the alarm, in complete sentences. */
  readonly meaning: string;
  /** The first command that the operator runs, ready to paste. */
  readonly command: string;
  /**
   * A new alarm that treats missing data as breaching waits at most this long for its first data point.
   * Source: CloudWatch User Guide, "Alarm warm-up periods".
   */
  readonly warmUp?: Duration;
}

/** Creates an alarm whose description contains the meaning, the first command and the chapter of the runbook. */
export function runbookAlarm(
  scope: Construct,
  chapter: AlarmChapter,
  { namePrefix, alarmTopic, runbookUrl }: AlarmTarget,
  { meaning, command, warmUp, ...definition }: RunbookAlarmProps,
): Alarm {
  const link =
    runbookUrl === undefined ? runbookChapterPath(chapter) : `${runbookUrl}#${chapter.toLowerCase()}`;
  const alarm = new Alarm(scope, chapter, {
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    ...definition,
    alarmName: `${namePrefix}-${chapter}`,
    // The command is on a separate line, because operators would copy a full stop after the command.
    alarmDescription: `${meaning}\nRun: ${command}\nThen: ${link}`,
  });
  // The alarm also notifies when it returns to OK, so that recipients learn that the problem is over.
  const action = new SnsAction(alarmTopic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  const resource = alarm.node.defaultChild;
  // The code overrides the template, because Alarm has no property for the warm-up period, and CfnAlarm has
  // this property only in aws-cdk-lib 2.268 or later.
  if (warmUp && CfnResource.isCfnResource(resource))
    resource.addPropertyOverride('WarmUpConfiguration.WarmUpPeriodDurationInMinutes', warmUp.toMinutes());
  return alarm;
}

/** Creates the encrypted topic of all alarms, with the permissions that CloudWatch needs. */
export function createAlarmTopic(scope: Construct, masterKey: Key, email: string | undefined): Topic {
  const topic = new Topic(new Construct(scope, 'Alarms'), 'Topic', {
    displayName: 'Broker token alarms',
    masterKey,
    enforceSSL: true,
  });
  // `enforceSSL` adds a topic policy, which replaces the default policy that allows alarms of the account to
  // publish. `grantPublish` also allows CloudWatch to use the key: kms:Decrypt and kms:GenerateDataKey*.
  // Source: SNS Developer Guide, "Enable compatibility between event sources from AWS services and encrypted
  // topics".
  const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
  const sourceAccountCondition = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } };
  topic.grantPublish(cloudWatch.withConditions(sourceAccountCondition));
  if (email !== undefined)
    suppressNag(topic.addSubscription(new EmailSubscription(email)), {
      'Serverless-SNSRedrivePolicy':
        'SNS retries an e-mail for six hours; after that, a dead-letter queue would not notify the owner',
    });
  return topic;
}
