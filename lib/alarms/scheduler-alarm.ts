import type { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { type RunbookAlarmProps, runbookAlarm } from './runbook-alarm.ts';

/**
 * Ticks of a group that were given up. One dropped tick is made good by the next: two periods with drops are a
 * cause that stays. TargetErrorCount counts every try, also those that a retry made good, and would only add noise.
 */
export function schedulerDroppedAlarm(
  scope: Construct,
  chapter: 'SchedulerDropped' | 'FleetSchedulerDropped',
  props: Pick<RunbookAlarmProps, 'namePrefix' | 'topic'> & {
    readonly period: Duration;
    readonly scheduleGroup: IScheduleGroup;
  },
): Alarm {
  const { scheduleGroup, period, ...common } = props;
  return runbookAlarm(scope, chapter, {
    ...common,
    meaning:
      'The scheduler could not put ticks into the inbox, again and again, and gave them up. ' +
      'Tokens are not renewed while no tick arrives.',
    command: `aws scheduler list-schedules --group-name ${scheduleGroup.scheduleGroupName}`,
    metric: scheduleGroup.metricDropped({ statistic: Stats.SUM, period }),
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    evaluationPeriods: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
