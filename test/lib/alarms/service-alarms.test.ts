import { expect, test } from 'vitest';
import { METRICS } from '../../../lambdas/shared/names.ts';
import type { Point } from '../../../simulator/cloudwatch.ts';
import { MINUTE } from '../../scenario/operation.ts';
import { BOTH, only, refreshers, resources, stackOf, Template, text } from '../synth.ts';
import { notificationsIn, READINGS, sentences, USUAL } from './alarm-harness.ts';
import { metricKey, synthesizedAlarms } from './synthesized-alarms.ts';

const template = Template.fromStack(stackOf(BOTH));
const alarms = synthesizedAlarms(template).filter(({ name }) => /^BrokerTokens-[A-Z]/.test(name));
const [functionId] = refreshers(template, 'AWS::Lambda::Function');
const [, group] = only(template, 'AWS::Scheduler::ScheduleGroup');

function queue(name: string): string {
  const found = [...resources(template, 'AWS::SQS::Queue')].find(
    ([, { Properties }]) => Properties['QueueName'] === name,
  );
  return `<${found?.[0]}.QueueName>`;
}

const ERRORS = metricKey('AWS/Lambda', 'Errors', { FunctionName: `<${functionId}>` });
const REFUSED = metricKey(METRICS.namespace, METRICS.refusedMessages, {
  [METRICS.serviceDimension]: METRICS.service,
});
const DEAD = metricKey('AWS/SQS', 'ApproximateNumberOfMessagesVisible', {
  QueueName: queue('BrokerTokens-dead-letters.fifo'),
});
const AGE = metricKey('AWS/SQS', 'ApproximateAgeOfOldestMessage', {
  QueueName: queue('BrokerTokens-inbox.fifo'),
});
const DROPPED = metricKey('AWS/Scheduler', 'InvocationDroppedCount', {
  ScheduleGroup: text(group.Properties['Name']),
});

const WEEK = 7 * 24 * 60;

/** A point every so many minutes. */
function every(minutes: number, value: (minute: number) => number, from = 0, until = WEEK): Point[] {
  const number = Math.ceil((until - from) / minutes);
  return Array.from({ length: number }, (_, index) => {
    const minute = from + index * minutes;
    return { at: minute * MINUTE, value: value(minute) };
  });
}

const at = (...minutes: readonly number[]) => minutes.map((each) => ({ at: each * MINUTE, value: 1 }));

/** Minutes from the first point of the data. */
function hears(data: Readonly<Record<string, readonly Point[]>>, until = WEEK, readings = [USUAL]) {
  const span = { from: 0, until: until * MINUTE };
  return readings.flatMap((reading) =>
    sentences(notificationsIn(alarms, new Map(Object.entries(data)), span, reading), 0),
  );
}

test('each of the five reads a metric of this very stack', () => {
  expect(Object.fromEntries(alarms.map(({ chapter, metric }) => [chapter, metric]))).toEqual({
    FunctionErrors: ERRORS,
    RefusedMessages: REFUSED,
    DeadLetters: DEAD,
    InboxStalled: AGE,
    SchedulerDropped: DROPPED,
  });
});

test('a healthy week is silent: a message waits for the one before it, which met an expiry', () => {
  const healthy = {
    // Each invocation reports its errors, none as 0; a queue reports while there is something in it, or was.
    [ERRORS]: every(5, () => 0),
    [AGE]: every(1, (minute) => (minute % 1440 < 7 ? (minute % 1440) * 60 + 30 : 0)),
    [DEAD]: every(1, () => 0, 0, 6 * 60),
  };
  expect(hears(healthy, WEEK, [...READINGS])).toEqual([]);
});

test('and so is one in which nothing at all is counted', () => {
  expect(hears({}, WEEK, [...READINGS])).toEqual([]);
});

// Minutes; the errors of a message come again after its visibility timeout of 15.
test.for([
  [
    'one failed invocation is told, and that it was the only one',
    { [ERRORS]: [...every(5, (minute) => (minute === 100 ? 1 : 0), 0, 300)] },
    ['FunctionErrors ALARM +102m', 'FunctionErrors OK +121m'],
  ],
  [
    'a defect that fails all three tries is told when it begins, when it blocks, and when it is given up',
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
    'dead letters are told until they are gone',
    { [DEAD]: every(1, (minute) => (minute < 200 ? 2 : 0), 100, 300) },
    ['DeadLetters ALARM +102m', 'DeadLetters OK +205m'],
  ],
  [
    'a refused message is told, and that no more came',
    { [REFUSED]: at(100) },
    ['RefusedMessages ALARM +102m', 'RefusedMessages OK +131m'],
  ],
  [
    'an inbox that nobody empties is told when its oldest message is older than a second try',
    { [AGE]: every(1, (minute) => (minute < 160 ? (minute - 100) * 60 : 0), 100, 300) },
    ['InboxStalled ALARM +128m', 'InboxStalled OK +165m'],
  ],
  ['one dropped tick is made good by the next', { [DROPPED]: at(100) }, []],
  [
    'a scheduler that may not send is told within a quarter of an hour, and when ticks arrive again',
    { [DROPPED]: every(5, () => 1, 104, 160) },
    ['SchedulerDropped ALARM +115m', 'SchedulerDropped OK +190m'],
  ],
] as const)('%s', ([, data, expected]) => {
  expect(hears(data as Record<string, readonly Point[]>, 300)).toEqual(expected);
});
