import { describe, expect, test } from 'vitest';
import {
  type AlarmDefinition,
  type AlarmState,
  evaluateAlarm,
  type MissingDataTreatment,
  simulateNotifications,
} from '../../simulator/cloudwatch.ts';

const MINUTE = 60_000;
const TREATMENTS: readonly MissingDataTreatment[] = ['ignore', 'breaching', 'notBreaching'];

// The rows of both tables in CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data". A
// data point "0" is within the threshold, "X" breaches the threshold, and "-" is missing; the alarm state
// "retained" means the previous state.
test.for([
  ['0 - X - X', 3, 'OK OK OK'],
  ['0 - - - -', 3, 'OK OK OK'],
  ['- - - - -', 3, 'retained ALARM OK'],
  ['0 X X - X', 3, 'ALARM ALARM ALARM'],
  ['- - X - -', 3, 'retained ALARM OK'],
  ['0 - X - X', 2, 'ALARM ALARM ALARM'],
  ['0 0 X 0 X', 2, 'ALARM ALARM ALARM'],
  ['0 - X - -', 2, 'OK ALARM OK'],
  ['- - - - 0', 2, 'OK ALARM OK'],
  ['- - - X -', 2, 'retained ALARM OK'],
] as const)(
  'the CloudWatch alarm model evaluates the documented example "%s" with %i of 3 datapoints to alarm',
  ([points, datapointsToAlarm, expected]) => {
    const datapoints = points.split(' ').map((each) => (each === '-' ? undefined : each === 'X'));
    for (const before of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] satisfies AlarmState[]) {
      const states = TREATMENTS.map((treatMissingData) =>
        evaluateAlarm({ evaluationPeriods: 3, datapointsToAlarm, treatMissingData }, datapoints, before),
      );
      expect(states).toEqual(expected.split(' ').map((each) => (each === 'retained' ? before : each)));
    }
  },
);

describe('the CloudWatch alarm model', () => {
  const definition: AlarmDefinition = {
    statistic: 'Maximum',
    comparison: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    period: 5 * MINUTE,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    treatMissingData: 'notBreaching',
    warmUp: 0,
  };
  const run = (own: Partial<AlarmDefinition>, points: readonly [minute: number, value: number][]) =>
    simulateNotifications(
      { ...definition, ...own },
      points.map(([minute, value]) => ({ at: minute * MINUTE, value })),
      { from: 0, until: 60 * MINUTE },
      { extraPeriods: 2, delay: 2 * MINUTE },
    ).map(({ at, state }) => `${state} ${at / MINUTE}`);
  const every = (minutes: number, value: number, until = 60) =>
    Array.from({ length: until / minutes }, (_, index) => [index * minutes, value] as [number, number]);

  test('evaluates the newest period that has a data point, and notifies only of state changes', () => {
    const bad: [number, number][] = [[10, 1]];
    expect(run({}, [...every(1, 0, 10), ...bad, ...every(1, 0).slice(11)])).toEqual([
      'OK 0',
      'ALARM 12',
      'OK 16',
    ]);
  });

  test('evaluates the last data point until the data point leaves the evaluation range', () => {
    expect(run({}, [[10, 1]])).toEqual(['OK 0', 'ALARM 12', 'OK 26']);
  });

  test('fires for missing data when the last data point has left the evaluation range', () => {
    const minimum = { threshold: 0, comparison: 'LessThanThreshold', treatMissingData: 'breaching' } as const;
    expect(run(minimum, every(5, 1, 30))).toEqual(['ALARM 0', 'OK 2', 'ALARM 41']);
  });

  test('does not fire for missing data during the warm-up period', () => {
    const warm = { threshold: 0, comparison: 'LessThanThreshold', treatMissingData: 'breaching' } as const;
    expect(run({ ...warm, warmUp: 20 * MINUTE }, every(5, 1))).toEqual(['OK 2']);
    expect(run({ ...warm, warmUp: 20 * MINUTE }, [])).toEqual(['ALARM 20']);
  });

  test('adds the data points of a period for the statistic Sum, and fires if M of N periods breach the threshold', () => {
    const two = { statistic: 'Sum', threshold: 2, evaluationPeriods: 2, datapointsToAlarm: 2 } as const;
    expect(run(two, every(5, 1))).toEqual(['OK 0']);
    expect(run(two, every(2, 1))).toEqual(['OK 0', 'ALARM 8']);
  });
});
