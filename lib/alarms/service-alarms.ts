import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { formatDuration } from '../config/duration.ts';
import type { RefresherParts } from '../refresher-parts.ts';
import { alarmPeriodSeconds } from './lead-time.ts';
import { alarmTarget, runbookAlarm } from './runbook-alarm.ts';
import { schedulerDroppedAlarm } from './scheduler-alarm.ts';
import { stackMetric } from './stack-metrics.ts';

/** SQS reports every minute, so a period of five minutes has data even if one report is lost. */
const QUEUE_PERIOD = Duration.minutes(5);

/**
 * An alarm with these properties fires after one breaching period. If a count or an age has no data, nothing
 * is wrong.
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

  constructor(scope: Construct, id: string, parts: RefresherParts) {
    super(scope, id);
    const period = Duration.seconds(alarmPeriodSeconds(parts.checkEvery.toSeconds()));
    this.functionErrors = this.#functionErrors(parts);
    this.refusedMessages = this.#refusedMessages(parts, period);
    this.deadLetters = this.#deadLetters(parts);
    this.inboxStalled = this.#inboxStalled(parts);
    this.schedulerDropped = schedulerDroppedAlarm(this, 'SchedulerDropped', parts, period);
  }

  /** All alarms of the service, in the order of the runbook. */
  get all(): readonly Alarm[] {
    return [
      this.functionErrors,
      this.refusedMessages,
      this.deadLetters,
      this.inboxStalled,
      this.schedulerDropped,
    ];
  }

  #functionErrors(parts: RefresherParts): Alarm {
    const { refresher, inbox, checkEvery } = parts;
    const visibilitySeconds = inbox.visibilityTimeout.toSeconds();
    return runbookAlarm(this, 'FunctionErrors', {
      ...ONE_BREACHING_PERIOD,
      ...alarmTarget(parts),
      meaning:
        'The refresher failed: it threw, timed out, ran out of memory, or could not start. ' +
        `The ticks of the affected credential are blocked for up to ${formatDuration(visibilitySeconds)} after each try.`,
      command: logCommand(refresher, '?ERROR ?timeout ?errorType'),
      // SQS delivers a failed message again after the visibility timeout. The period is longer than the
      // visibility timeout, so that all tries of one message raise a single alarm.
      metric: refresher.function.metricErrors({
        statistic: Stats.SUM,
        period: Duration.minutes(Math.ceil((visibilitySeconds + checkEvery.toSeconds()) / 60)),
      }),
    });
  }

  #refusedMessages(parts: RefresherParts, period: Duration): Alarm {
    return runbookAlarm(this, 'RefusedMessages', {
      ...ONE_BREACHING_PERIOD,
      ...alarmTarget(parts),
      meaning:
        'The inbox received a message that is invalid or names an unknown credential. ' +
        'The refresher logged and dropped this message; no token is affected.',
      command: logCommand(parts.refresher, '{ $.message = "refused message" }'),
      metric: stackMetric(parts.namePrefix, METRICS.refusedMessages, { statistic: Stats.SUM, period }),
    });
  }

  /**
   * The metric NumberOfMessagesSent does not include messages that the redrive policy moves, so the alarm
   * uses the number of visible messages.
   * Source: SQS Developer Guide, "Creating alarms for dead-letter queues using Amazon CloudWatch".
   */
  #deadLetters(parts: RefresherParts): Alarm {
    const { deadLetters } = parts.inbox;
    return runbookAlarm(this, 'DeadLetters', {
      ...ONE_BREACHING_PERIOD,
      ...alarmTarget(parts),
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
    return runbookAlarm(this, 'InboxStalled', {
      ...ONE_BREACHING_PERIOD,
      ...alarmTarget(parts),
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

function logCommand({ logGroup }: RefresherParts['refresher'], pattern: string): string {
  return `aws logs tail ${logGroup.logGroupName} --since 1h --filter-pattern '${pattern}'`;
}
