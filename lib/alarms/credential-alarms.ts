import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { formatDuration } from '../config/duration.ts';
import type { RefresherParts } from '../refresher-parts.ts';
import { alarmLeadTimes, alarmPeriodSeconds, FAILING_PERIODS } from './lead-time.ts';
import { runbookAlarm } from './runbook-alarm.ts';
import { stackMetric } from './stack-metrics.ts';

const FLEET_ALARM_NAMES = {
  chapterPrefix: 'Fleet',
  headroom: METRICS.fleetHeadroom,
  failureLevel: METRICS.fleetFailureLevel,
} as const;
const CREDENTIAL_ALARM_NAMES = { ...METRICS, chapterPrefix: '' } as const;

/**
 * Creates the alarms of one credential or, if `credential` is undefined, of all fleet credentials together.
 * @param minimumHeadroom ExpiringSoon fires if the headroom is less than this value
 */
export function tokenAlarms(
  scope: Construct,
  parts: RefresherParts,
  credential: string | undefined,
  command: string,
  minimumHeadroom: number,
  meanings: readonly [expiringSoon: string, refreshFailing: string, actionRequired: string],
): readonly [expiringSoon: Alarm, refreshFailing: Alarm, actionRequired: Alarm] {
  const { chapterPrefix, headroom, failureLevel } =
    credential === undefined ? FLEET_ALARM_NAMES : CREDENTIAL_ALARM_NAMES;
  const namePrefix = credential === undefined ? parts.namePrefix : `${parts.namePrefix}-${credential}`;
  const target = { ...parts, namePrefix };
  const period = Duration.seconds(alarmPeriodSeconds(parts.checkEvery.toSeconds()));
  const metric = (name: string, statistic: string) =>
    stackMetric(parts.namePrefix, name, { statistic, period }, credential);
  return [
    // Every tick, or run of the fleet monitor, publishes a data point, so missing data means that the ticks
    // have stopped.
    runbookAlarm(scope, `${chapterPrefix}ExpiringSoon`, target, {
      command,
      meaning: meanings[0],
      metric: metric(headroom, Stats.MINIMUM),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: minimumHeadroom,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
      warmUp: Duration.seconds(2 * period.toSeconds()),
    }),
    // With the statistic Minimum, the alarm fires only if every data point of both periods reports a failure.
    runbookAlarm(scope, `${chapterPrefix}RefreshFailing`, target, {
      command,
      meaning: meanings[1],
      metric: metric(failureLevel, Stats.MINIMUM),
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
      treatMissingData: TreatMissingData.IGNORE,
    }),
    // The statistic Maximum and one breaching period of two make the alarm fire at the first tick with level
    // 2. A single tick with level 1 between two ticks with level 2 does not clear the alarm.
    runbookAlarm(scope, `${chapterPrefix}ActionRequired`, target, {
      command,
      meaning: meanings[2],
      metric: metric(failureLevel, Stats.MAXIMUM),
      threshold: 2,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
      treatMissingData: TreatMissingData.IGNORE,
    }),
  ];
}

/** The alarms of one credential. Each alarm costs about $0.10 a month. */
export class CredentialAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;
  readonly actionRequired: Alarm;
  /** All alarms of the credential, in the order of the runbook. */
  readonly all: readonly Alarm[];

  /**
   * @param renewBefore in seconds
   * @internal
   */
  constructor(
    scope: Construct,
    parts: RefresherParts,
    credential: string,
    stateParameterName: string,
    renewBefore: number,
  ) {
    super(scope, 'Alarms');
    const leadTimes = alarmLeadTimes({ checkEvery: parts.checkEvery.toSeconds(), renewBefore });
    [this.expiringSoon, this.refreshFailing, this.actionRequired] = this.all = tokenAlarms(
      this,
      parts,
      credential,
      `aws ssm get-parameter --name ${stateParameterName} --query Parameter.Value --output text`,
      renewBefore / 2,
      [
        `${credential}: the published token expires in less than ${formatDuration(renewBefore / 2)}, or the refresher does not report. ` +
          'If the refresher stops reporting before a renewal is due, this alarm fires at least ' +
          `${formatDuration(leadTimes.notReporting)} before the token expires.`,
        `${credential}: repeated refreshes failed. The published token is valid until it expires. If every refresh since ` +
          `the start of the renewal failed, the token expires at least ${formatDuration(leadTimes.failing)} after this alarm fires.`,
        `${credential}: the token cannot be refreshed until you act. The broker rejects the app key, its market or the IP ` +
          'address; the secret holds no app key; AWS rejects a call; the broker keeps returning a dead or expired token, or ' +
          'does not revoke one; or the maximum number of issue calls per day is reached.',
      ],
    );
  }
}
