import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { formatDuration } from '../config/duration.ts';
import { alarmLeadTimes, alarmPeriodSeconds, FAILING_PERIODS } from './lead-time.ts';
import { type AlarmTarget, alarmTarget, runbookAlarm } from './runbook-alarm.ts';
import { credentialMetric } from './stack-metrics.ts';

export interface CredentialAlarmsProps extends AlarmTarget {
  readonly credential: string;
  readonly stateParameterName: string;
  readonly checkEvery: Duration;
  /** Seconds. */
  readonly renewBefore: number;
}

/** The alarms of one credential. Each alarm costs about $0.10 a month. */
export class CredentialAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;
  readonly actionRequired: Alarm;

  constructor(scope: Construct, id: string, props: CredentialAlarmsProps) {
    super(scope, id);
    const { credential, renewBefore } = props;
    const checkEvery = props.checkEvery.toSeconds();
    const period = Duration.seconds(alarmPeriodSeconds(checkEvery));
    const leadTimes = alarmLeadTimes({ checkEvery, renewBefore });
    const commonProps = {
      ...alarmTarget(props),
      namePrefix: `${props.namePrefix}-${credential}`,
      command: `aws ssm get-parameter --name ${props.stateParameterName} --query Parameter.Value --output text`,
      // ExpiringSoon overrides this value, because only this alarm fires for missing data.
      treatMissingData: TreatMissingData.IGNORE,
    };
    const metric = (name: string, statistic: string) =>
      credentialMetric(props.namePrefix, credential, name, { statistic, period });

    // Every tick publishes a data point, so missing data means that the refresher has stopped.
    this.expiringSoon = runbookAlarm(this, 'ExpiringSoon', {
      ...commonProps,
      meaning:
        `${credential}: the published token expires in less than ${formatDuration(renewBefore / 2)}, or the refresher does not report. ` +
        'If the refresher stops reporting before a renewal is due, this alarm fires at least ' +
        `${formatDuration(leadTimes.notReporting)} before the token expires.`,
      metric: metric(METRICS.headroom, Stats.MINIMUM),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: renewBefore / 2,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
      warmUp: Duration.seconds(2 * period.toSeconds()),
    });

    // With the statistic Minimum, the alarm fires only if every tick of both periods failed.
    this.refreshFailing = runbookAlarm(this, 'RefreshFailing', {
      ...commonProps,
      meaning:
        `${credential}: repeated refreshes failed. The published token is valid until it expires. If every refresh since ` +
        `the start of the renewal failed, the token expires at least ${formatDuration(leadTimes.failing)} after this alarm fires.`,
      metric: metric(METRICS.failureLevel, Stats.MINIMUM),
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
    });

    // The statistic Maximum and one breaching period of two make the alarm fire at the first tick with level
    // 2. A single tick with level 1 between two ticks with level 2 does not clear the alarm.
    this.actionRequired = runbookAlarm(this, 'ActionRequired', {
      ...commonProps,
      meaning:
        `${credential}: the token cannot be refreshed until you act. The broker rejects the app key, its market or the IP ` +
        'address; the secret holds no app key; AWS rejects a call; the broker keeps returning a dead or expired token, or ' +
        'does not revoke one; or the maximum number of issue calls per day is reached.',
      metric: metric(METRICS.failureLevel, Stats.MAXIMUM),
      threshold: 2,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
    });
  }

  /** All alarms of the credential, in the order of the runbook. */
  get all(): readonly Alarm[] {
    return [this.expiringSoon, this.refreshFailing, this.actionRequired];
  }
}
