import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { okUntilFirstPoint } from '../alarms/credential-alarms.ts';
import { alarmPeriodSeconds, FAILING_PERIODS } from '../alarms/lead-time.ts';
import { runbookAlarm } from '../alarms/runbook-alarm.ts';
import { schedulerDroppedAlarm } from '../alarms/scheduler-alarm.ts';
import { fleetMetric } from '../alarms/stack-metrics.ts';

export interface FleetAlarmsProps {
  readonly parameterPrefix: string;
  /** Prefix of the alarm names. */
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  /** Of the fleet monitor, whose lines name the credentials. */
  readonly logGroup: ILogGroup;
  /** Of the schedules of added credentials. */
  readonly scheduleGroup: IScheduleGroup;
  readonly topic: ITopic;
}

/** Percent of the margin: as the alarm of a single credential. */
const HALF = 50;

/**
 * Alarms for all fleet credentials together, so that adding one creates no alarm. The price: while an alarm is
 * in ALARM, it does not notify again for a second credential.
 */
export class FleetAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;
  readonly actionRequired: Alarm;
  readonly schedulerDropped: Alarm;

  constructor(scope: Construct, id: string, props: FleetAlarmsProps) {
    super(scope, id);
    const { parameterPrefix, namePrefix, topic } = props;
    const period = Duration.seconds(alarmPeriodSeconds(props.checkEvery.toSeconds()));
    const common = {
      topic,
      namePrefix,
      command: `aws logs tail ${props.logGroup.logGroupName} --since 30m --filter-pattern '{ $.message = "fleet monitor" }'`,
    };
    const metric = (name: string, statistic: string) =>
      fleetMetric(parameterPrefix, name, { statistic, period });
    const level = {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // FleetExpiringSoon covers missing data.
      treatMissingData: TreatMissingData.IGNORE,
    };

    this.expiringSoon = runbookAlarm(this, 'FleetExpiringSoon', {
      ...common,
      meaning:
        'A fleet credential has less than half of its renewal margin (renewBefore) left, or the fleet monitor does not report. ' +
        'The log line of the fleet monitor names the credential under "expiring".',
      metric: metric(METRICS.fleetHeadroom, Stats.MINIMUM),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: HALF,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    });
    okUntilFirstPoint(this.expiringSoon, period);

    // Minimum: at each run of the fleet monitor of both periods some credential failed.
    this.refreshFailing = runbookAlarm(this, 'FleetRefreshFailing', {
      ...common,
      ...level,
      meaning:
        'Repeated refreshes of a fleet credential failed, or it has no enabled schedule. ' +
        'The log line of the fleet monitor names the credential under "failing" or "unattended".',
      metric: metric(METRICS.fleetFailureLevel, Stats.MINIMUM),
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
    });

    this.actionRequired = runbookAlarm(this, 'FleetActionRequired', {
      ...common,
      ...level,
      meaning:
        'The token of a fleet credential cannot be refreshed until you act, or its config cannot be read. ' +
        'The log line of the fleet monitor names the credential under "actionRequired".',
      metric: metric(METRICS.fleetFailureLevel, Stats.MAXIMUM),
      threshold: 2,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
    });

    this.schedulerDropped = schedulerDroppedAlarm(this, 'FleetSchedulerDropped', {
      namePrefix,
      topic,
      period,
      scheduleGroup: props.scheduleGroup,
    });
  }

  /** All of them, in the order of the runbook. */
  get all(): readonly Alarm[] {
    return [this.expiringSoon, this.refreshFailing, this.actionRequired, this.schedulerDropped];
  }
}
