import { alarmPeriodSeconds, FAILING_PERIODS } from '../../lib/alarms/lead-time.ts';
import { type AlarmDefinition, simulateNotifications } from '../cloudwatch.ts';
import type { Scenario } from './scenario.ts';
import type { TickMetrics } from './simulated-refresher.ts';

const MINUTE = 60_000;
/** Typical values of two undocumented parameters of the alarm evaluation in CloudWatch. */
const TYPICAL_EVALUATION = { extraPeriods: 2, delay: 2 * MINUTE } as const;

export interface SimulatedAlarm {
  readonly name: 'ExpiringSoon' | 'RefreshFailing' | 'ActionRequired';
  readonly at: number;
  /** Whether the daily budget of issue calls was spent around the time of the alarm. */
  readonly budgetSpent: boolean;
}

/**
 * Returns the alarm definitions of one credential. A test compares these definitions with the template of the
 * stack.
 */
export function alarmDefinitions({
  checkEverySeconds,
  renewBeforeSeconds,
}: Scenario): Readonly<Record<SimulatedAlarm['name'], AlarmDefinition>> {
  const period = alarmPeriodSeconds(checkEverySeconds) * 1000;
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
      statistic: 'Minimum',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      period,
      evaluationPeriods: FAILING_PERIODS,
      datapointsToAlarm: FAILING_PERIODS,
      treatMissingData: 'ignore',
      warmUp: 0,
    },
    ActionRequired: {
      statistic: 'Maximum',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 2,
      period,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
      treatMissingData: 'ignore',
      warmUp: 0,
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
  const { period } = definitions.ExpiringSoon;
  return activePeriodsOf(scenario, readings, 6 * period).flatMap(({ from, to, first, last }) => {
    const nearbyReadings = readings.slice(first, last + 1);
    const evaluationSpan = { from, until: to };
    return (Object.keys(definitions) as SimulatedAlarm['name'][]).flatMap((name) => {
      const points = nearbyReadings.map(({ at, headroom, failureLevel }) => ({
        at,
        value: name === 'ExpiringSoon' ? headroom : failureLevel,
      }));
      return simulateNotifications(definitions[name], points, evaluationSpan, TYPICAL_EVALUATION)
        .filter(({ state }) => state === 'ALARM')
        .map(({ at }) => ({ name, at, budgetSpent: nearbyReadings.some((each) => each.budgetSpent) }));
    });
  });
}

interface ActivePeriod {
  readonly from: number;
  to: number;
  readonly first: number;
  last: number;
}

function activePeriodsOf(
  { checkEverySeconds, renewBeforeSeconds }: Scenario,
  readings: readonly TickMetrics[],
  surroundingTime: number,
): readonly ActivePeriod[] {
  const activePeriods: ActivePeriod[] = [];
  // An alarm period can be without data points only if two readings are more than one period apart.
  const longestPause = alarmPeriodSeconds(checkEverySeconds) * 1000;
  for (const [index, { at, headroom, failureLevel }] of readings.entries()) {
    const before = readings[index - 1];
    const pause = before !== undefined && at - before.at > longestPause;
    if (!pause && failureLevel === 0 && headroom > renewBeforeSeconds * 0.6) continue;
    // The simulation creates the alarms at the time of the first reading.
    const from = Math.max((pause ? before.at : at) - surroundingTime, readings[0]?.at ?? 0);
    const previousPeriod = activePeriods.at(-1);
    if (previousPeriod && from <= previousPeriod.to) previousPeriod.to = at + surroundingTime;
    else
      activePeriods.push({
        from,
        to: at + surroundingTime,
        first: firstIndexAtOrAfter(readings, from),
        last: index,
      });
    const current = activePeriods.at(-1);
    if (current)
      current.last = Math.max(current.last, firstIndexAtOrAfter(readings, at + surroundingTime) - 1);
  }
  return activePeriods;
}

/** Returns the index of the first reading at or after `instant`, by binary search. */
function firstIndexAtOrAfter(readings: readonly TickMetrics[], instant: number): number {
  let low = 0;
  let high = readings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((readings[middle]?.at ?? 0) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
