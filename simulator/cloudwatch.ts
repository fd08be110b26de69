/**
 * This module simulates how CloudWatch evaluates metric alarms. The rules are from the CloudWatch User Guide:
 * "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data" and "Alarm warm-up periods".
 * The simulation assumes a resolution of one minute and immediate notifications.
 */

const MINUTE = 60_000;

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingDataTreatment = 'breaching' | 'notBreaching' | 'ignore';

export interface AlarmDefinition {
  readonly statistic: 'Minimum' | 'Maximum' | 'Sum';
  readonly comparison: 'LessThanThreshold' | 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold';
  readonly threshold: number;
  /** The length of a period, in milliseconds. */
  readonly period: number;
  /** The number N in "M out of N data points". */
  readonly evaluationPeriods: number;
  /** The number M in "M out of N data points". */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingDataTreatment;
  /** The warm-up period, in milliseconds; 0 for none. */
  readonly warmUp: number;
}

export interface DataPoint {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
  /** The instant from which evaluations include the data point. @default `at` plus the delay of retrieval */
  readonly arrivesAt?: number;
}

/** The properties of CloudWatch that AWS does not document. */
export interface MetricRetrieval {
  /** The number of periods that CloudWatch retrieves in addition to the evaluation periods. */
  readonly extraPeriods: number;
  /** The delay from the timestamp of a data point to its first evaluation, in milliseconds. */
  readonly delay: number;
}

export interface AlarmNotification {
  readonly at: number;
  readonly state: 'OK' | 'ALARM';
}

/**
 * Returns all notifications of an alarm that is created at `from` and evaluated every minute until `until`.
 */
export function simulateNotifications(
  definition: AlarmDefinition,
  points: readonly DataPoint[],
  span: { readonly from: number; readonly until: number },
  retrieval: MetricRetrieval,
): AlarmNotification[] {
  const datapointsAt = slidingDatapoints(definition, points, retrieval);
  const notifications: AlarmNotification[] = [];
  let state: AlarmState = 'INSUFFICIENT_DATA';
  let isWarm = definition.warmUp === 0;
  for (let now = Math.ceil(span.from / MINUTE) * MINUTE; now <= span.until; now += MINUTE) {
    const datapoints = datapointsAt(now);
    isWarm ||= now - span.from >= definition.warmUp || datapoints.at(-1) !== undefined;
    if (!isWarm) continue;
    const next = evaluateAlarm(definition, datapoints, state);
    if (next !== state && next !== 'INSUFFICIENT_DATA') notifications.push({ at: now, state: next });
    state = next;
  }
  return notifications;
}

/**
 * Returns a function that assigns data points to the evaluated periods of an alarm. The returned function
 * gives one value per period, oldest first: whether the period breaches the threshold, or undefined without
 * data. The argument `now` must not decrease between calls.
 */
function slidingDatapoints(
  definition: AlarmDefinition,
  points: readonly DataPoint[],
  { extraPeriods, delay }: MetricRetrieval,
): (now: number) => readonly (boolean | undefined)[] {
  const { period, evaluationPeriods } = definition;
  const retrievedPeriods = evaluationPeriods + extraPeriods;
  const sortedPoints = points
    .map(({ at, value, arrivesAt = at + delay }) => ({
      at: Math.floor(at / MINUTE) * MINUTE,
      value,
      arrivesAt,
    }))
    .sort((a, b) => a.at - b.at);
  let oldest = 0;
  return (now) => {
    const start = now - retrievedPeriods * period;
    while ((sortedPoints[oldest]?.at ?? Number.POSITIVE_INFINITY) < start) oldest += 1;
    const valuesByPeriod: number[][] = Array.from({ length: retrievedPeriods }, () => []);
    for (let index = oldest; index < sortedPoints.length; index += 1) {
      const point = sortedPoints[index];
      if (point === undefined || point.at >= now) break;
      const periodIndex = retrievedPeriods - Math.ceil((now - point.at) / period);
      if (point.arrivesAt <= now) valuesByPeriod[periodIndex]?.push(point.value);
    }
    return valuesByPeriod.map((values) => isBreaching(definition, values));
  };
}

/**
 * Returns the next state of an alarm.
 * @param datapoints whether each data point breaches the threshold, oldest first; undefined for a missing one
 */
export function evaluateAlarm(
  definition: Pick<AlarmDefinition, 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'>,
  datapoints: readonly (boolean | undefined)[],
  state: AlarmState,
): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = definition;
  const presentDatapoints = datapoints.filter((breach) => breach !== undefined).slice(-evaluationPeriods);
  const breachingCount = presentDatapoints.filter(Boolean).length;
  const missingCount = evaluationPeriods - presentDatapoints.length;
  if (missingCount === 0 || treatMissingData !== 'ignore') {
    const countWithMissing = breachingCount + (treatMissingData === 'breaching' ? missingCount : 0);
    return countWithMissing >= datapointsToAlarm ? 'ALARM' : 'OK';
  }
  if (breachingCount >= datapointsToAlarm) return 'ALARM';
  // One data point that does not breach the threshold is sufficient for the state OK.
  return breachingCount < presentDatapoints.length ? 'OK' : state;
}

function isBreaching(
  { statistic, comparison, threshold }: AlarmDefinition,
  values: readonly number[],
): boolean | undefined {
  if (values.length === 0) return undefined;
  const value = STATISTICS[statistic](values);
  if (comparison === 'LessThanThreshold') return value < threshold;
  return comparison === 'GreaterThanThreshold' ? value > threshold : value >= threshold;
}

const STATISTICS = {
  Minimum: (values: readonly number[]) => Math.min(...values),
  Maximum: (values: readonly number[]) => Math.max(...values),
  Sum: (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0),
} as const;
