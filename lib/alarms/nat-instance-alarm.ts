import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  CfnAlarm,
  ComparisonOperator,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { runbookAlarm } from './runbook-alarm.ts';

export interface NatInstanceAlarmProps {
  readonly instanceId: string;
  /** Begin of the alarm's name. */
  readonly namePrefix: string;
  readonly topic: ITopic;
}

/** Checks come every minute; five of them are no hiccup, and little of any margin. */
const CHECK = Duration.minutes(1);
const FAILED_CHECKS = 5;

/** Starting, and setting itself up. */
const FIRST_CHECK_WITHIN = Duration.minutes(15);

/** Nothing restarts a NAT instance by itself, and all that is behind it stands still without it. */
export function natInstanceAlarm(scope: Construct, props: NatInstanceAlarmProps): Alarm {
  const alarm = runbookAlarm(scope, 'NatInstanceDown', {
    topic: props.topic,
    namePrefix: props.namePrefix,
    meaning:
      'The NAT instance fails its checks or was stopped: neither the refresher nor the consumers in its VPC ' +
      'reach AWS or a broker. Published tokens live on, but nobody in there can read them.',
    command: `aws ec2 describe-instance-status --include-all-instances --instance-ids ${props.instanceId}`,
    metric: new Metric({
      namespace: 'AWS/EC2',
      metricName: 'StatusCheckFailed',
      dimensionsMap: { InstanceId: props.instanceId },
      statistic: Stats.MAXIMUM,
      period: CHECK,
    }),
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    evaluationPeriods: FAILED_CHECKS,
    // A stopped instance is not checked.
    treatMissingData: TreatMissingData.BREACHING,
  });
  const resource = alarm.node.defaultChild;
  // Source: CloudWatch User Guide, "Alarm warm-up periods".
  if (resource instanceof CfnAlarm)
    resource.warmUpConfiguration = { warmUpPeriodDurationInMinutes: FIRST_CHECK_WITHIN.toMinutes() };
  return alarm;
}
