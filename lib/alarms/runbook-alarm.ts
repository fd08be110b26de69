import { CfnResource, type Duration } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, ComparisonOperator, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type AlarmChapter, runbookChapterPath } from '../../lambdas/shared/names.ts';

/** The name prefix, the topic and the runbook of an alarm. */
export interface AlarmTarget {
  /** The prefix of the alarm's name. The name ends with the chapter of the runbook. */
  readonly namePrefix: string;
  readonly alarmTopic: ITopic;
  /** The URL of the runbook; by default the path docs/runbook.md. */
  readonly runbookUrl?: string | undefined;
}

/**
 * Returns only the properties of AlarmTarget, so that callers can spread the result into the props of an
 * alarm.
 */
export function alarmTarget({ namePrefix, alarmTopic, runbookUrl }: AlarmTarget): AlarmTarget {
  return { namePrefix, alarmTopic, runbookUrl };
}

export interface RunbookAlarmProps
  extends AlarmTarget,
    Pick<AlarmProps, 'threshold' | 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'> {
  readonly metric: IMetric;
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

/**
 * Creates an alarm whose description contains the meaning, the first command and the chapter of the runbook.
 * Without `datapointsToAlarm`, the alarm fires only if all evaluation periods are breaching.
 */
export function runbookAlarm(scope: Construct, chapter: AlarmChapter, props: RunbookAlarmProps): Alarm {
  const { namePrefix, alarmTopic, runbookUrl, meaning, command, warmUp, ...definition } = props;
  const alarm = new Alarm(scope, chapter, {
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    ...definition,
    alarmName: `${namePrefix}-${chapter}`,
    // The command is on a separate line, because operators would copy a full stop after the command.
    alarmDescription: `${meaning}\nRun: ${command}\nThen: ${runbookUrl === undefined ? runbookChapterPath(chapter) : `${runbookUrl}#${chapter.toLowerCase()}`}`,
  });
  // The alarm also notifies when it returns to OK, so that recipients learn that the problem is over.
  const action = new SnsAction(alarmTopic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  const resource = alarm.node.defaultChild;
  // The code overrides the template, because Alarm has no property for the warm-up period, and CfnAlarm has a
  // property for it only since aws-cdk-lib 2.268.
  if (warmUp && CfnResource.isCfnResource(resource))
    resource.addPropertyOverride('WarmUpConfiguration.WarmUpPeriodDurationInMinutes', warmUp.toMinutes());
  return alarm;
}
