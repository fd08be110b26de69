import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { formatDuration } from '../config/duration.ts';
import { alarmPeriodSeconds } from './lead-time.ts';
import { runbookAlarm } from './runbook-alarm.ts';
import { schedulerDroppedAlarm } from './scheduler-alarm.ts';
import { serviceMetric } from './stack-metrics.ts';

export interface ServiceAlarmsProps {
  /** Begin of the alarms' names. */
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  readonly function: IFunction;
  readonly logGroup: ILogGroup;
  readonly inbox: IQueue;
  /** Of the inbox. */
  readonly visibilityTimeout: Duration;
  readonly deadLetters: IQueue;
  readonly scheduleGroup: IScheduleGroup;
  readonly topic: ITopic;
}

/** SQS reports each minute; over five, one lost report is no hole. */
const QUEUE_PERIOD = Duration.minutes(5);

/** The alarms of the machinery that all credentials share. None needs to be quick: ExpiringSoon is. */
export class ServiceAlarms extends Construct {
  readonly functionErrors: Alarm;
  readonly refusedMessages: Alarm;
  readonly deadLetters: Alarm;
  readonly inboxStalled: Alarm;
  readonly schedulerDropped: Alarm;

  constructor(scope: Construct, id: string, props: ServiceAlarmsProps) {
    super(scope, id);
    const interval = props.checkEvery.toSeconds();
    const visibility = props.visibilityTimeout.toSeconds();
    const period = Duration.seconds(alarmPeriodSeconds(interval));
    const common = {
      topic: props.topic,
      namePrefix: props.namePrefix,
      evaluationPeriods: 1,
      // All of these count or measure something bad: nothing reported is nothing bad.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    const atLeastOne = {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    };
    const logged = (pattern: string) =>
      `aws logs tail ${props.logGroup.logGroupName} --since 1h --filter-pattern '${pattern}'`;

    // A message whose function failed comes again after the visibility timeout: a period that is longer
    // keeps one defect from being told at every try.
    this.functionErrors = runbookAlarm(this, 'FunctionErrors', {
      ...common,
      ...atLeastOne,
      meaning:
        'The refresher did not come to an end: it threw, timed out, ran out of memory, or could not start. ' +
        `The credential whose message it was stands still for ${formatDuration(visibility)} after each try.`,
      command: logged('?ERROR ?timeout ?errorType'),
      metric: props.function.metricErrors({
        statistic: Stats.SUM,
        period: Duration.minutes(Math.ceil((visibility + interval) / 60)),
      }),
    });

    this.refusedMessages = runbookAlarm(this, 'RefusedMessages', {
      ...common,
      ...atLeastOne,
      meaning:
        'The inbox got a message that makes no sense, or names a credential that is not configured. ' +
        'It was logged and dropped; no token is in danger.',
      command: logged('{ $.message = "refused message" }'),
      metric: serviceMetric(METRICS.refusedMessages, { statistic: Stats.SUM, period }),
    });

    // The number sent does not count what the redrive policy moves: only what lies there can be alarmed on.
    // Source: SQS Developer Guide, "Creating alarms for dead-letter queues using Amazon CloudWatch".
    this.deadLetters = runbookAlarm(this, 'DeadLetters', {
      ...common,
      ...atLeastOne,
      meaning:
        'The refresher failed three times with the same message, which now lies in the dead letters. ' +
        'A tick there may be deleted; a request of a person or a changed secret was not served.',
      command:
        `aws sqs receive-message --queue-url ${props.deadLetters.queueUrl} --max-number-of-messages 10 ` +
        '--visibility-timeout 0 --message-system-attribute-names All',
      metric: props.deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: QUEUE_PERIOD,
      }),
    });

    // A message that failed once is taken up again after the visibility timeout, and those that gathered
    // behind it within two intervals: older than that, nobody takes them, or the second try failed too.
    this.inboxStalled = runbookAlarm(this, 'InboxStalled', {
      ...common,
      meaning:
        `A message has waited in the inbox for more than ${formatDuration(visibility + 2 * interval)}: the refresher does not take ` +
        'messages, or fails with one again and again.',
      command: `aws sqs get-queue-attributes --queue-url ${props.inbox.queueUrl} --attribute-names All`,
      metric: props.inbox.metricApproximateAgeOfOldestMessage({
        statistic: Stats.MAXIMUM,
        period: QUEUE_PERIOD,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: visibility + 2 * interval,
    });

    this.schedulerDropped = schedulerDroppedAlarm(this, 'SchedulerDropped', {
      namePrefix: props.namePrefix,
      topic: props.topic,
      period,
      scheduleGroup: props.scheduleGroup,
    });
  }

  /** All of them, in the order of the runbook. */
  get all(): readonly Alarm[] {
    return [
      this.functionErrors,
      this.refusedMessages,
      this.deadLetters,
      this.inboxStalled,
      this.schedulerDropped,
    ];
  }
}
