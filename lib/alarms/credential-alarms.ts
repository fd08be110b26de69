import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  CfnAlarm,
  ComparisonOperator,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { formatDuration } from '../config/duration.ts';
import { alarmLeadTimes, alarmPeriodSeconds, FAILING_PERIODS } from './lead-time.ts';
import { runbookAlarm } from './runbook-alarm.ts';
import { credentialMetric } from './stack-metrics.ts';

export interface CredentialAlarmsProps {
  readonly credential: string;
  /** Prefix of the alarm names. */
  readonly namePrefix: string;
  readonly stateParameterName: string;
  readonly checkEvery: Duration;
  readonly renewBefore: Duration;
  readonly topic: ITopic;
}

/**
 * The alarms of one credential. Each is a resource, and costs about $0.10 a month; they read metrics
 * that are there anyway.
 */
export class CredentialAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;
  readonly actionRequired: Alarm;

  constructor(scope: Construct, id: string, props: CredentialAlarmsProps) {
    super(scope, id);
    const { credential, topic } = props;
    const settings = {
      checkEvery: props.checkEvery.toSeconds(),
      renewBefore: props.renewBefore.toSeconds(),
    };
    const period = Duration.seconds(alarmPeriodSeconds(settings.checkEvery));
    const half = settings.renewBefore / 2;
    const lead = alarmLeadTimes(settings);
    const common = {
      topic,
      namePrefix: `${props.namePrefix}-${credential}`,
      command: `aws ssm get-parameter --name ${props.stateParameterName} --query Parameter.Value --output text`,
    };

    // Every tick publishes a point, so missing data means that the refresher has stopped: a dead-man's switch.
    this.expiringSoon = runbookAlarm(this, 'ExpiringSoon', {
      ...common,
      meaning:
        `${credential}: the published token expires in less than ${formatDuration(half)}, or the refresher does not report. ` +
        'If the refresher stops reporting and the broker renews tokens early, this alarm fires at least ' +
        `${formatDuration(lead.silent)} before the token expires.`,
      metric: credentialMetric(credential, METRICS.headroom, { statistic: Stats.MINIMUM, period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: half,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    });
    okUntilFirstPoint(this.expiringSoon, period);

    // Minimum: every tick of both periods failed, so a single failure raises no alarm.
    // Missing data leaves the alarm as it is: ExpiringSoon covers it.
    this.refreshFailing = runbookAlarm(this, 'RefreshFailing', {
      ...common,
      meaning:
        `${credential}: repeated refreshes failed. The published token is valid until it expires, at least ` +
        `${formatDuration(lead.failing)} after this alarm fires at the start of a renewal.`,
      metric: credentialMetric(credential, METRICS.failureLevel, { statistic: Stats.MINIMUM, period }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
      treatMissingData: TreatMissingData.IGNORE,
    });

    // Maximum, one period of two: a retry does not help, so the alarm fires at the first tick that reports it,
    // and an emergency call with the budget spent, which reports 1 in between, does not clear it.
    this.actionRequired = runbookAlarm(this, 'ActionRequired', {
      ...common,
      meaning:
        `${credential}: the token cannot be refreshed until you act. The broker rejects the app key, its market or the IP ` +
        'address; the secret holds no app key; AWS rejects a call; the broker keeps returning a dead or expired token, or ' +
        "does not revoke one; or the day's issue calls are spent.",
      metric: credentialMetric(credential, METRICS.failureLevel, { statistic: Stats.MAXIMUM, period }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 2,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
      treatMissingData: TreatMissingData.IGNORE,
    });
  }

  /** All of them, in the order of the runbook. */
  get all(): readonly Alarm[] {
    return [this.expiringSoon, this.refreshFailing, this.actionRequired];
  }
}

/**
 * A new alarm that takes silence for bad would go off before the first tick was reported: it waits
 * for the first point, two periods at most. Not yet in the Alarm construct.
 * Source: CloudWatch User Guide, "Alarm warm-up periods".
 */
export function okUntilFirstPoint(alarm: Alarm, period: Duration): void {
  const resource = alarm.node.defaultChild;
  if (!(resource instanceof CfnAlarm)) return;
  resource.warmUpConfiguration = { warmUpPeriodDurationInMinutes: 2 * period.toMinutes() };
}
