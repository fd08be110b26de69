import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { alarmPeriodSeconds, FAILING_PERIODS } from '../alarms/lead-time.ts';
import { type AlarmTarget, alarmTarget, runbookAlarm } from '../alarms/runbook-alarm.ts';
import { schedulerDroppedAlarm } from '../alarms/scheduler-alarm.ts';
import { stackMetric } from '../alarms/stack-metrics.ts';

export interface FleetAlarmsProps extends AlarmTarget {
  readonly checkEvery: Duration;
  /** The log group of the fleet monitor, whose log lines name the credentials. */
  readonly logGroup: ILogGroup;
  /** The group with the schedules of the fleet credentials. */
  readonly scheduleGroup: IScheduleGroup;
}

/**
 * The threshold in percent of the renewal margin; the alarm of a single credential has the same threshold.
 */
const HALF_MARGIN_PERCENT = 50;

/**
 * The alarms for all fleet credentials together, so that a new credential needs no new alarm. A disadvantage
 * is that an alarm in the state ALARM does not notify again when a second credential fails.
 */
export class FleetAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;
  readonly actionRequired: Alarm;
  readonly schedulerDropped: Alarm;

  constructor(scope: Construct, id: string, props: FleetAlarmsProps) {
    super(scope, id);
    const { namePrefix } = props;
    const period = Duration.seconds(alarmPeriodSeconds(props.checkEvery.toSeconds()));
    const commonProps = {
      ...alarmTarget(props),
      command: `aws logs tail ${props.logGroup.logGroupName} --since 30m --filter-pattern '{ $.message = "fleet monitor" }'`,
      // FleetExpiringSoon overrides this value, because only this alarm fires for missing data.
      treatMissingData: TreatMissingData.IGNORE,
    };
    const metric = (name: string, statistic: string) => stackMetric(namePrefix, name, { statistic, period });

    this.expiringSoon = runbookAlarm(this, 'FleetExpiringSoon', {
      ...commonProps,
      meaning:
        'A fleet credential has less than half of its renewal margin (renewBefore) left, or the fleet monitor does not report. ' +
        'The log line of the fleet monitor names the credential under "expiring".',
      metric: metric(METRICS.fleetHeadroom, Stats.MINIMUM),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: HALF_MARGIN_PERCENT,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
      warmUp: Duration.seconds(2 * period.toSeconds()),
    });

    // With the statistic Minimum, the alarm fires only if every run of the fleet monitor in both periods
    // reports at least one failing credential.
    this.refreshFailing = runbookAlarm(this, 'FleetRefreshFailing', {
      ...commonProps,
      meaning:
        'Repeated refreshes of a fleet credential failed, or the credential has no enabled schedule. ' +
        'The log line of the fleet monitor names the credential under "failing" or "withoutSchedule".',
      metric: metric(METRICS.fleetFailureLevel, Stats.MINIMUM),
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
    });

    this.actionRequired = runbookAlarm(this, 'FleetActionRequired', {
      ...commonProps,
      meaning:
        'The token of a fleet credential cannot be refreshed until you act, or its config cannot be read. ' +
        'The log line of the fleet monitor names the credential under "actionRequired".',
      metric: metric(METRICS.fleetFailureLevel, Stats.MAXIMUM),
      threshold: 2,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
    });

    this.schedulerDropped = schedulerDroppedAlarm(this, 'FleetSchedulerDropped', props, period);
  }

  /** All alarms of the fleet, in the order of the runbook. */
  get all(): readonly Alarm[] {
    return [this.expiringSoon, this.refreshFailing, this.actionRequired, this.schedulerDropped];
  }
}
