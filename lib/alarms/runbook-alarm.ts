import { Alarm, type AlarmProps, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** Every alarm there is, by the name of its chapter in docs/runbook.md. */
export type Chapter =
  | 'ExpiringSoon'
  | 'RefreshFailing'
  | 'ActionRequired'
  | 'FunctionErrors'
  | 'RefusedMessages'
  | 'DeadLetters'
  | 'InboxStalled'
  | 'SchedulerDropped'
  | 'NatInstanceDown'
  | 'FleetExpiringSoon'
  | 'FleetRefreshFailing'
  | 'FleetActionRequired'
  | 'FleetSchedulerDropped';

export interface RunbookAlarmProps
  extends Pick<
    AlarmProps,
    'threshold' | 'comparisonOperator' | 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'
  > {
  readonly metric: IMetric;
  /** Begin of the alarm's name, which ends with the chapter. */
  readonly namePrefix: string;
  /** What it means, as sentences. */
  readonly meaning: string;
  /** The command to run first, ready to be pasted. */
  readonly command: string;
  readonly topic: ITopic;
}

/**
 * An alarm whose text says what it means, what to run, and where to read on. Without `datapointsToAlarm`
 * all of its evaluation periods have to breach.
 */
export function runbookAlarm(scope: Construct, chapter: Chapter, props: RunbookAlarmProps): Alarm {
  const { namePrefix, meaning, command, topic, ...definition } = props;
  const alarm = new Alarm(scope, chapter, {
    ...definition,
    alarmName: `${namePrefix}-${chapter}`,
    // The command has a line of its own: a full stop behind it would be pasted as well.
    alarmDescription: `${meaning}\nRun: ${command}\nThen: docs/runbook.md#${chapter.toLowerCase()}`,
  });
  // Both ways: people want to know that it is over.
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}
