import type { Duration } from 'aws-cdk-lib';
import { type Alarm, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { type AlarmTarget, alarmTarget, runbookAlarm } from './runbook-alarm.ts';

/**
 * Creates the alarm for ticks that EventBridge Scheduler dropped. A single dropped tick is harmless, because
 * the next tick follows; dropped ticks in two periods have a lasting cause. The metric TargetErrorCount is
 * not suitable, because it also counts tries before a successful retry.
 */
export function schedulerDroppedAlarm(
  scope: Construct,
  chapter: 'SchedulerDropped' | 'FleetSchedulerDropped',
  { scheduleGroup, ...target }: AlarmTarget & { readonly scheduleGroup: IScheduleGroup },
  period: Duration,
): Alarm {
  return runbookAlarm(scope, chapter, {
    ...alarmTarget(target),
    meaning:
      'EventBridge Scheduler repeatedly failed to send ticks to the inbox and dropped them. ' +
      'No token is renewed without ticks.',
    command: `aws scheduler list-schedules --group-name ${scheduleGroup.scheduleGroupName}`,
    metric: scheduleGroup.metricDropped({ statistic: Stats.SUM, period }),
    threshold: 1,
    evaluationPeriods: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
