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
import { METRICS } from '../lambdas/shared/names.ts';
import { formatDuration } from './duration.ts';
import { alarmLeadTimes, alarmPeriodSeconds, FAILING_PERIODS } from './lead-time.ts';
import { credentialMetric } from './metrics.ts';
import { runbookAlarm } from './runbook-alarm.ts';

export interface CredentialAlarmsProps {
  readonly credential: string;
  /** Begin of the alarms' names. */
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
  readonly needsPerson: Alarm;

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

    // The alarm of record and the dead-man's switch in one: every tick brings a point, so silence is bad.
    this.expiringSoon = runbookAlarm(this, 'ExpiringSoon', {
      ...common,
      meaning:
        `${credential}: less than ${formatDuration(half)} are left of the published token, or the refresher does ` +
        `not report. Silence is told ${formatDuration(lead.silent)} before expiry at the latest, if the broker renews early.`,
      metric: credentialMetric(credential, METRICS.headroom, { statistic: Stats.MINIMUM, period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: half,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    });
    quietUntilFirstPoint(this.expiringSoon, period);

    // Minimum: each of the periods was trouble from end to end, so a single failure stays quiet.
    // Silence leaves the alarm as it is: it is ExpiringSoon's matter.
    this.refreshFailing = runbookAlarm(this, 'RefreshFailing', {
      ...common,
      meaning:
        `${credential}: the token could not be refreshed again and again. The published one still works until it ` +
        `expires, ${formatDuration(lead.failing)} or more from the first notice.`,
      metric: credentialMetric(credential, METRICS.trouble, { statistic: Stats.MINIMUM, period }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
      treatMissingData: TreatMissingData.IGNORE,
    });

    // Maximum, and at once: the refresher has judged already that trying again will not mend it. One of two
    // periods: with the budget spent, calls that are allowed in an emergency make it 1 again now and then.
    this.needsPerson = runbookAlarm(this, 'NeedsPerson', {
      ...common,
      meaning:
        `${credential}: the token cannot be refreshed until a person acts: keys, address or market are refused, ` +
        "the secret is not filled in, AWS refuses the write, a dead token keeps coming back, or the day's issues are spent.",
      metric: credentialMetric(credential, METRICS.trouble, { statistic: Stats.MAXIMUM, period }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 2,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
      treatMissingData: TreatMissingData.IGNORE,
    });
  }

  /** All of them, in the order of the runbook. */
  get all(): readonly Alarm[] {
    return [this.expiringSoon, this.refreshFailing, this.needsPerson];
  }
}

/**
 * A new alarm that takes silence for bad would go off before the first tick was reported: it waits
 * for the first point, two periods at most. Not yet in the Alarm construct.
 * Source: CloudWatch User Guide, "Alarm warm-up periods".
 */
export function quietUntilFirstPoint(alarm: Alarm, period: Duration): void {
  const resource = alarm.node.defaultChild;
  if (!(resource instanceof CfnAlarm)) return;
  resource.warmUpConfiguration = { warmUpPeriodDurationInMinutes: 2 * period.toMinutes() };
}
