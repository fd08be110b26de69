import { expect, test } from 'vitest';
import { METRICS } from '../../../lambdas/shared/names.ts';
import type { DataPoint } from '../../../simulator/cloudwatch.ts';
import { MINUTE } from '../../scenario/operation.ts';
import {
  BOTH_BROKERS,
  findNamedResource,
  onlyResource,
  refresherResource,
  templateOf,
  valueText,
} from '../synth.ts';
import { formatNotifications, METRIC_RETRIEVALS, notificationsIn, USUAL_RETRIEVAL } from './alarm-harness.ts';
import { metricKey, synthesizedAlarms } from './synthesized-alarms.ts';

const template = templateOf(BOTH_BROKERS);
const alarms = synthesizedAlarms(template).filter(({ name }) => /^BrokerTokens-[A-Z]/.test(name));
const [functionId] = refresherResource(template, 'AWS::Lambda::Function');
const [, group] = onlyResource(template, 'AWS::Scheduler::ScheduleGroup');

const queue = (name: string) =>
  `<${findNamedResource(template, 'AWS::SQS::Queue', 'QueueName', name)[0]}.QueueName>`;

const ERRORS = metricKey('AWS/Lambda', 'Errors', { FunctionName: `<${functionId}>` });
const REFUSED = metricKey(METRICS.namespace, METRICS.refusedMessages, {
  [METRICS.serviceDimension]: METRICS.service,
  [METRICS.stackDimension]: 'BrokerTokens',
});
const DEAD = metricKey('AWS/SQS', 'ApproximateNumberOfMessagesVisible', {
  QueueName: queue('BrokerTokens-dead-letters.fifo'),
});
const AGE = metricKey('AWS/SQS', 'ApproximateAgeOfOldestMessage', {
  QueueName: queue('BrokerTokens-inbox.fifo'),
});
const DROPPED = metricKey('AWS/Scheduler', 'InvocationDroppedCount', {
  ScheduleGroup: valueText(group.Properties['Name']),
});

const WEEK = 7 * 24 * 60;

/** Returns one data point every `minutes` minutes, from minute `from` to minute `until`. */
function every(minutes: number, value: (minute: number) => number, from = 0, until = WEEK): DataPoint[] {
  const number = Math.ceil((until - from) / minutes);
  return Array.from({ length: number }, (_, index) => {
    const minute = from + index * minutes;
    return { at: minute * MINUTE, value: value(minute) };
  });
}

const at = (...minutes: readonly number[]) => minutes.map((each) => ({ at: each * MINUTE, value: 1 }));

/**
 * Returns the notifications of the service alarms, with their times in minutes after the first data point.
 */
function notified(
  data: Readonly<Record<string, readonly DataPoint[]>>,
  until = WEEK,
  readings = [USUAL_RETRIEVAL],
) {
  const span = { from: 0, until: until * MINUTE };
  return readings.flatMap((reading) =>
    formatNotifications(notificationsIn(alarms, new Map(Object.entries(data)), span, reading), 0),
  );
}

test('each service alarm reads a metric of its own stack', () => {
  expect(Object.fromEntries(alarms.map(({ chapter, metric }) => [chapter, metric]))).toEqual({
    FunctionErrors: ERRORS,
    RefusedMessages: REFUSED,
    DeadLetters: DEAD,
    InboxStalled: AGE,
    SchedulerDropped: DROPPED,
  });
});

test('no service alarm fires in a week without errors if messages wait up to seven minutes in the inbox', () => {
  const healthy = {
    // Lambda publishes the number of errors of each invocation, including 0. SQS publishes the metrics of a
    // queue while the queue contains messages, and for some hours afterwards.
    [ERRORS]: every(5, () => 0),
    [AGE]: every(1, (minute) => (minute % 1440 < 7 ? (minute % 1440) * 60 + 30 : 0)),
    [DEAD]: every(1, () => 0, 0, 6 * 60),
  };
  expect(notified(healthy, WEEK, [...METRIC_RETRIEVALS])).toEqual([]);
});

test('no service alarm fires in a week without metric data', () => {
  expect(notified({}, WEEK, [...METRIC_RETRIEVALS])).toEqual([]);
});

// All times are in minutes. SQS redelivers a failed message after the visibility timeout of 15 minutes.
test.for([
  [
    'FunctionErrors fires for one failed invocation and returns to OK',
    { [ERRORS]: [...every(5, (minute) => (minute === 100 ? 1 : 0), 0, 300)] },
    ['FunctionErrors ALARM +102m', 'FunctionErrors OK +121m'],
  ],
  [
    'FunctionErrors, InboxStalled and DeadLetters fire in turn for a message that fails three times',
    {
      [ERRORS]: every(5, (minute) => ([100, 115, 130].includes(minute) ? 1 : 0), 0, 300),
      [DEAD]: every(1, () => 1, 145, 300),
      [AGE]: every(1, (minute) => (minute >= 100 && minute < 145 ? (minute - 100) * 60 : 0), 0, 300),
    },
    [
      'FunctionErrors ALARM +102m',
      'InboxStalled ALARM +128m',
      'DeadLetters ALARM +147m',
      'InboxStalled OK +150m',
      'FunctionErrors OK +151m',
    ],
  ],
  [
    'DeadLetters stays in ALARM while the queue holds messages',
    { [DEAD]: every(1, (minute) => (minute < 200 ? 2 : 0), 100, 300) },
    ['DeadLetters ALARM +102m', 'DeadLetters OK +205m'],
  ],
  [
    'RefusedMessages fires for one invalid message and returns to OK',
    { [REFUSED]: at(100) },
    ['RefusedMessages ALARM +102m', 'RefusedMessages OK +131m'],
  ],
  [
    'InboxStalled fires when the oldest message is older than the end of its second delivery',
    { [AGE]: every(1, (minute) => (minute < 160 ? (minute - 100) * 60 : 0), 100, 300) },
    ['InboxStalled ALARM +128m', 'InboxStalled OK +165m'],
  ],
  ['SchedulerDropped does not fire for one dropped tick', { [DROPPED]: at(100) }, []],
  [
    'SchedulerDropped fires within 15 minutes when the scheduler has no permission to send, and returns to OK',
    { [DROPPED]: every(5, () => 1, 104, 160) },
    ['SchedulerDropped ALARM +115m', 'SchedulerDropped OK +190m'],
  ],
] as const)('%s', ([, data, expected]) => {
  expect(notified(data as Record<string, readonly DataPoint[]>, 300)).toEqual(expected);
});
