import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Instance } from 'aws-cdk-lib/aws-ec2';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { formatDuration } from '../config/duration.ts';
import type { RefresherParts } from '../refresher-parts.ts';
import { alarmPeriodSeconds } from './lead-time.ts';
import { type AlarmTarget, runbookAlarm } from './runbook-alarm.ts';
import { stackMetric } from './stack-metrics.ts';

/** SQS reports every minute, so a period of five minutes has data even if one report is lost. */
const QUEUE_PERIOD = Duration.minutes(5);

/**
 * An alarm with these properties fires after one breaching period. Missing data is not breaching, because an
 * idle resource reports no count and no age.
 */
const ONE_BREACHING_PERIOD = {
  evaluationPeriods: 1,
  threshold: 1,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};

/**
 * The alarms of the resources that all credentials share. A late notification of these alarms is acceptable,
 * because ExpiringSoon fires early enough for every cause.
 */
export class ServiceAlarms extends Construct {
  readonly functionErrors: Alarm;
  readonly refusedMessages: Alarm;
  readonly deadLetters: Alarm;
  readonly inboxStalled: Alarm;
  readonly schedulerDropped: Alarm;
  /** All alarms of the service, in the order of the runbook. */
  readonly all: readonly Alarm[];

  /** @internal */
  constructor(scope: Construct, id: string, parts: RefresherParts) {
    super(scope, id);
    const period = Duration.seconds(alarmPeriodSeconds(parts.checkEvery.toSeconds()));
    this.functionErrors = this.#functionErrors(parts);
    this.refusedMessages = runbookAlarm(this, 'RefusedMessages', parts, {
      ...ONE_BREACHING_PERIOD,
      meaning:
        'The inbox received a message that is invalid or names an unknown credential. ' +
        'The refresher logged and dropped this message; no token is affected.',
      command: logCommand(parts, '{ $.message = "refused message" }'),
      metric: stackMetric(parts.namePrefix, METRICS.refusedMessages, { statistic: Stats.SUM, period }),
    });
    this.deadLetters = this.#deadLetters(parts);
    this.inboxStalled = this.#inboxStalled(parts);
    this.schedulerDropped = schedulerDroppedAlarm(this, 'SchedulerDropped', parts, parts.scheduleGroup);
    const { functionErrors, refusedMessages, deadLetters, inboxStalled, schedulerDropped } = this;
    this.all = [functionErrors, refusedMessages, deadLetters, inboxStalled, schedulerDropped];
  }

  #functionErrors(parts: RefresherParts): Alarm {
    const visibilitySeconds = parts.inbox.visibilityTimeout.toSeconds();
    return runbookAlarm(this, 'FunctionErrors', parts, {
      ...ONE_BREACHING_PERIOD,
      meaning:
        'The refresher failed: it threw, timed out, ran out of memory, or could not start. ' +
        `The ticks of the affected credential are blocked for up to ${formatDuration(visibilitySeconds)} after each try.`,
      command: logCommand(parts, '?ERROR ?timeout ?errorType'),
      // SQS delivers a failed message again after the visibility timeout. The period is longer than the
      // visibility timeout, so that all tries of one message raise a single alarm.
      metric: parts.refresher.function.metricErrors({
        statistic: Stats.SUM,
        period: Duration.minutes(Math.ceil((visibilitySeconds + parts.checkEvery.toSeconds()) / 60)),
      }),
    });
  }

  /**
   * The metric NumberOfMessagesSent does not include messages that the redrive policy moves, so the alarm
   * uses the number of visible messages.
   * Source: SQS Developer Guide, "Creating alarms for dead-letter queues using Amazon CloudWatch".
   */
  #deadLetters(parts: RefresherParts): Alarm {
    const { deadLetters } = parts.inbox;
    return runbookAlarm(this, 'DeadLetters', parts, {
      ...ONE_BREACHING_PERIOD,
      meaning:
        'The refresher failed three times with the same message, which is now in the dead-letter queue. ' +
        'You may delete a tick; any other message is a request or a changed secret that was not processed.',
      command:
        `aws sqs receive-message --queue-url ${deadLetters.queueUrl} --max-number-of-messages 10 ` +
        '--visibility-timeout 0 --message-system-attribute-names All',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: QUEUE_PERIOD,
      }),
    });
  }

  /**
   * After a first failure, SQS delivers the message again when the visibility timeout ends, and the later
   * messages of its message group follow within two check intervals. A message that is older than the
   * threshold was not received at all, or failed a second time.
   */
  #inboxStalled(parts: RefresherParts): Alarm {
    const { inbox, checkEvery } = parts;
    const threshold = inbox.visibilityTimeout.toSeconds() + 2 * checkEvery.toSeconds();
    return runbookAlarm(this, 'InboxStalled', parts, {
      ...ONE_BREACHING_PERIOD,
      meaning:
        `A message has waited in the inbox for more than ${formatDuration(threshold)}: the refresher does not receive ` +
        'messages, or repeatedly fails with one.',
      command: `aws sqs get-queue-attributes --queue-url ${inbox.queue.queueUrl} --attribute-names All`,
      metric: inbox.queue.metricApproximateAgeOfOldestMessage({
        statistic: Stats.MAXIMUM,
        period: QUEUE_PERIOD,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold,
    });
  }
}

function logCommand({ refresher }: RefresherParts, pattern: string): string {
  return `aws logs tail ${refresher.logGroup.logGroupName} --since 1h --filter-pattern '${pattern}'`;
}

/**
 * Creates the alarm for ticks that EventBridge Scheduler dropped. A single dropped tick is harmless, because
 * the next tick follows; dropped ticks in two periods have a lasting cause. The metric TargetErrorCount is
 * not suitable, because it also counts failed tries before a successful retry.
 */
export function schedulerDroppedAlarm(
  scope: Construct,
  chapter: 'SchedulerDropped' | 'FleetSchedulerDropped',
  parts: RefresherParts,
  scheduleGroup: IScheduleGroup,
): Alarm {
  const period = Duration.seconds(alarmPeriodSeconds(parts.checkEvery.toSeconds()));
  return runbookAlarm(scope, chapter, parts, {
    ...ONE_BREACHING_PERIOD,
    evaluationPeriods: 2,
    meaning:
      'EventBridge Scheduler repeatedly failed to send ticks to the inbox and dropped them. ' +
      'No token is renewed without ticks.',
    command: `aws scheduler list-schedules --group-name ${scheduleGroup.scheduleGroupName}`,
    metric: scheduleGroup.metricDropped({ statistic: Stats.SUM, period }),
  });
}

/**
 * Creates the alarm of a NAT instance, because nothing restarts a NAT instance. Five failed checks in five
 * minutes are not a temporary fault, and five minutes are a small part of any `renewBefore`.
 */
export function natInstanceAlarm(scope: Construct, target: AlarmTarget, { instanceId }: Instance): Alarm {
  return runbookAlarm(scope, 'NatInstanceDown', target, {
    meaning:
      'The NAT instance fails its status checks or is stopped: the refresher and the consumers in its VPC ' +
      'cannot reach AWS or a broker. Published tokens stay valid, but consumers in the VPC cannot read them.',
    command: `aws ec2 describe-instance-status --include-all-instances --instance-ids ${instanceId}`,
    metric: new Metric({
      namespace: 'AWS/EC2',
      metricName: 'StatusCheckFailed',
      dimensionsMap: { InstanceId: instanceId },
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(1),
    }),
    threshold: 1,
    evaluationPeriods: 5,
    // EC2 does not check a stopped instance, so the alarm treats missing data as breaching.
    treatMissingData: TreatMissingData.BREACHING,
    // The time that the instance needs to start and to configure itself.
    warmUp: Duration.minutes(15),
  });
}
