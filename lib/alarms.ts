import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  CfnAlarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  type MetricOptions,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS } from '../lambdas/shared/names.ts';
import { formatDuration } from './duration.ts';
import { alarmPeriodSeconds } from './lead-time.ts';

export interface CredentialAlarmsProps {
  readonly credential: string;
  /** Begin of the alarms' names. */
  readonly namePrefix: string;
  readonly stateParameterName: string;
  readonly checkEvery: Duration;
  readonly renewBefore: Duration;
  readonly topic: ITopic;
}

/** One notification when it begins, one when it is over; the name is that of its chapter in docs/runbook.md. */
export class CredentialAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;

  constructor(scope: Construct, id: string, props: CredentialAlarmsProps) {
    super(scope, id);
    const { credential, namePrefix, topic } = props;
    const period = Duration.seconds(alarmPeriodSeconds(props.checkEvery.toSeconds()));
    const half = props.renewBefore.toSeconds() / 2;
    const look =
      'Look at the log of the function, and at what the last attempt says: ' +
      `aws ssm get-parameter --name ${props.stateParameterName} --query Parameter.Value --output text`;

    // The alarm of record and the dead-man's switch in one: every tick brings a point, so silence is bad.
    this.expiringSoon = new Alarm(this, 'ExpiringSoon', {
      alarmName: `${namePrefix}-${credential}-ExpiringSoon`,
      alarmDescription:
        `${credential}: less than ${formatDuration(half)} are left of the published token, or the refresher does ` +
        `not report. ${look} . docs/runbook.md#expiringsoon`,
      metric: credentialMetric(credential, METRICS.headroom, { statistic: Stats.MINIMUM, period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: half,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    });
    quietUntilFirstPoint(this.expiringSoon, period);

    // Minimum: each of the two periods was trouble from end to end, so a single failure stays quiet.
    // Silence leaves the alarm as it is: it is ExpiringSoon's matter.
    this.refreshFailing = new Alarm(this, 'RefreshFailing', {
      alarmName: `${namePrefix}-${credential}-RefreshFailing`,
      alarmDescription:
        `${credential}: the token could not be refreshed again and again. The published one still works until it ` +
        `expires. ${look} . docs/runbook.md#refreshfailing`,
      metric: credentialMetric(credential, METRICS.trouble, { statistic: Stats.MINIMUM, period }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.IGNORE,
    });

    for (const alarm of [this.expiringSoon, this.refreshFailing]) notify(alarm, topic);
  }
}

/** Both ways: people want to know that it is over. */
export function notify(alarm: Alarm, topic: ITopic): void {
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
}

/** A metric of one credential, with the dimensions that Powertools writes. */
export function credentialMetric(
  credential: string,
  metricName: string,
  options: MetricOptions & { readonly statistic: string },
): IMetric & Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: {
      [METRICS.serviceDimension]: METRICS.service,
      [METRICS.credentialDimension]: credential,
    },
    ...options,
  });
}

/**
 * A new alarm that takes silence for bad would go off before the first tick was reported: it waits
 * for the first point, two periods at most. Not yet in the Alarm construct.
 * Source: CloudWatch User Guide, "Alarm warm-up periods".
 */
function quietUntilFirstPoint(alarm: Alarm, period: Duration): void {
  const resource = alarm.node.defaultChild;
  if (!(resource instanceof CfnAlarm)) return;
  resource.warmUpConfiguration = { warmUpPeriodDurationInMinutes: 2 * period.toMinutes() };
}
