import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Instance } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { type AlarmTarget, alarmTarget, runbookAlarm } from './runbook-alarm.ts';

/**
 * Five failed checks in five minutes are not a temporary fault, and five minutes are a small part of any
 * margin.
 */
const CHECK_PERIOD = Duration.minutes(1);
const FAILED_CHECKS = 5;

/** The time that the instance needs to start and to configure itself. */
const WARM_UP = Duration.minutes(15);

/**
 * Creates the alarm of a NAT instance, because nothing restarts a NAT instance. Returns an empty list if
 * there is no NAT instance.
 */
export function natInstanceAlarms(
  scope: Construct,
  instance: Instance | undefined,
  target: AlarmTarget,
): readonly Alarm[] {
  if (instance === undefined) return [];
  const { instanceId } = instance;
  const alarm = runbookAlarm(scope, 'NatInstanceDown', {
    ...alarmTarget(target),
    meaning:
      'The NAT instance fails its status checks or is stopped: the refresher and the consumers in its VPC ' +
      'cannot reach AWS or a broker. Published tokens stay valid, but consumers in the VPC cannot read them.',
    command: `aws ec2 describe-instance-status --include-all-instances --instance-ids ${instanceId}`,
    metric: new Metric({
      namespace: 'AWS/EC2',
      metricName: 'StatusCheckFailed',
      dimensionsMap: { InstanceId: instanceId },
      statistic: Stats.MAXIMUM,
      period: CHECK_PERIOD,
    }),
    threshold: 1,
    evaluationPeriods: FAILED_CHECKS,
    // EC2 does not check a stopped instance, so the alarm treats missing data as breaching.
    treatMissingData: TreatMissingData.BREACHING,
    warmUp: WARM_UP,
  });
  return [alarm];
}
