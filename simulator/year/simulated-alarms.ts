import { alarmPeriodSeconds, FAILING_PERIODS } from '../../lib/alarms/lead-time.ts';
import { type AlarmDefinition, simulateNotifications } from '../cloudwatch.ts';
import { joinSpans, type Span } from './fault-model.ts';
import type { TickMetrics } from './run-policy.ts';
import type { Scenario } from './scenario.ts';

const MINUTE = 60_000;
/** Typical values of two undocumented parameters of the alarm evaluation in CloudWatch. */
const TYPICAL_EVALUATION = { extraPeriods: 2, delay: 2 * MINUTE } as const;

export interface SimulatedAlarm {
  readonly name: 'ExpiringSoon' | 'RefreshFailing' | 'ActionRequired';
  readonly at: number;
  /** Whether the daily budget of issue calls was spent around the time of the alarm. */
  readonly budgetSpent: boolean;
}

/** The alarms of one credential. A test compares these definitions with the template of the stack. */
export function alarmDefinitions(
  scenario: Scenario,
): Readonly<Record<SimulatedAlarm['name'], AlarmDefinition>> {
  const { checkEverySeconds, renewBeforeSeconds } = scenario;
  const period = alarmPeriodSeconds(checkEverySeconds) * 1000;
  const failureLevelAlarm = {
    comparison: 'GreaterThanOrEqualToThreshold',
    period,
    treatMissingData: 'ignore',
    warmUp: 0,
  } as const;
  return {
    ExpiringSoon: {
      statistic: 'Minimum',
      comparison: 'LessThanThreshold',
      threshold: renewBeforeSeconds / 2,
      period,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      treatMissingData: 'breaching',
      warmUp: 2 * period,
    },
    RefreshFailing: {
      ...failureLevelAlarm,
      statistic: 'Minimum',
      threshold: 1,
      evaluationPeriods: FAILING_PERIODS,
      datapointsToAlarm: FAILING_PERIODS,
    },
    ActionRequired: {
      ...failureLevelAlarm,
      statistic: 'Maximum',
      threshold: 2,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
    },
  };
}

/**
 * Returns all changes of an alarm to the state ALARM. To save time, the function evaluates the alarms only at
 * times around readings that can change the state of an alarm.
 */
export function simulateAlarms(
  scenario: Scenario,
  readings: readonly TickMetrics[],
): readonly SimulatedAlarm[] {
  const definitions = alarmDefinitions(scenario);
  const names = Object.keys(definitions) as SimulatedAlarm['name'][];
  return activePeriodsOf(scenario, readings).flatMap(({ from, to }) => {
    const nearbyReadings = readings.filter(({ at }) => from <= at && at < to);
    const budgetSpent = nearbyReadings.some((each) => each.budgetSpent);
    return names.flatMap((name) => {
      const points = nearbyReadings.map(({ at, headroom, failureLevel }) => ({
        at,
        value: name === 'ExpiringSoon' ? headroom : failureLevel,
      }));
      return simulateNotifications(definitions[name], points, { from, until: to }, TYPICAL_EVALUATION)
        .filter(({ state }) => state === 'ALARM')
        .map(({ at }) => ({ name, at, budgetSpent }));
    });
  });
}

/** Returns the periods around all readings that can change the state of an alarm. */
function activePeriodsOf(
  { checkEverySeconds, renewBeforeSeconds }: Scenario,
  readings: readonly TickMetrics[],
): readonly Span[] {
  // An alarm period can be without data points only if two readings are more than one period apart.
  const period = alarmPeriodSeconds(checkEverySeconds) * 1000;
  const surroundingTime = 6 * period;
  // The simulation creates the alarms at the time of the first reading.
  const start = readings[0]?.at ?? 0;
  return joinSpans(
    readings.flatMap(({ at, headroom, failureLevel }, index) => {
      const before = readings[index - 1]?.at ?? at;
      const isDataMissing = at - before > period;
      if (!isDataMissing && failureLevel === 0 && headroom > renewBeforeSeconds * 0.6) return [];
      const from = Math.max((isDataMissing ? before : at) - surroundingTime, start);
      return [{ from, to: at + surroundingTime }];
    }),
  );
}
