import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS } from '../lambdas/shared/names.ts';
import { quietUntilFirstPoint } from './alarms.ts';
import { alarmPeriodSeconds, FAILING_PERIODS } from './lead-time.ts';
import { fleetMetric } from './metrics.ts';
import { runbookAlarm } from './runbook-alarm.ts';
import { schedulerDroppedAlarm } from './scheduler-alarm.ts';

export interface FleetAlarmsProps {
  readonly parameterPrefix: string;
  /** Begin of the alarms' names. */
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  /** Of the roll call, whose lines name the credentials. */
  readonly logGroup: ILogGroup;
  /** Of the schedules of added credentials. */
  readonly scheduleGroup: IScheduleGroup;
  readonly topic: ITopic;
}

/** Percent of the margin: as the alarm of a single credential. */
const HALF = 50;

/**
 * The alarms of all added credentials together, so that adding one takes no alarm of its own. The price: while one is on, it
 * tells of no second credential.
 */
export class FleetAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;
  readonly needsPerson: Alarm;
  readonly schedulerDropped: Alarm;

  constructor(scope: Construct, id: string, props: FleetAlarmsProps) {
    super(scope, id);
    const { parameterPrefix, namePrefix, topic } = props;
    const period = Duration.seconds(alarmPeriodSeconds(props.checkEvery.toSeconds()));
    const common = {
      topic,
      namePrefix,
      command: `aws logs tail ${props.logGroup.logGroupName} --since 30m --filter-pattern '{ $.message = "roll call" }'`,
    };
    const metric = (name: string, statistic: string) =>
      fleetMetric(parameterPrefix, name, { statistic, period });
    const trouble = {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Silence is the matter of FleetExpiringSoon.
      treatMissingData: TreatMissingData.IGNORE,
    };

    this.expiringSoon = runbookAlarm(this, 'FleetExpiringSoon', {
      ...common,
      meaning:
        'Of an added credential less than half of its margin (renewBefore) is left, or the roll call does not report. ' +
        'The line of the roll call names it under "expiring".',
      metric: metric(METRICS.fleetHeadroom, Stats.MINIMUM),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: HALF,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    });
    quietUntilFirstPoint(this.expiringSoon, period);

    // Minimum: at each roll call of both periods some credential was in trouble.
    this.refreshFailing = runbookAlarm(this, 'FleetRefreshFailing', {
      ...common,
      ...trouble,
      meaning:
        'The token of an added credential could not be refreshed again and again, or it has no enabled schedule. ' +
        'The line of the roll call names it under "failing" and "unattended".',
      metric: metric(METRICS.fleetTrouble, Stats.MINIMUM),
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
    });

    this.needsPerson = runbookAlarm(this, 'FleetNeedsPerson', {
      ...common,
      ...trouble,
      meaning:
        'The token of an added credential cannot be refreshed until a person acts, or its config cannot be understood. ' +
        'The line of the roll call names it under "needPerson".',
      metric: metric(METRICS.fleetTrouble, Stats.MAXIMUM),
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
    return [this.expiringSoon, this.refreshFailing, this.needsPerson, this.schedulerDropped];
  }
}
