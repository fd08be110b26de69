/**
 * A model of how CloudWatch evaluates a metric alarm, as far as these alarms need it. It is pure:
 * definition and data in, notifications out. Documented, in the CloudWatch User Guide:
 * - "Alarm evaluation": with a period of a minute or more an alarm is evaluated every minute, over windows
 *   that end there (minutes 1–5, then 2–6); M of N windows must breach.
 * - "Configuring how CloudWatch alarms treat missing data": more points than the evaluation periods are
 *   retrieved; missing ones are filled in only if fewer real ones were found than evaluation periods, and
 *   as few as possible. The two tables of examples there are tests of this model.
 * - "Using Amazon CloudWatch alarms": actions are invoked on a change of state only.
 * - "Alarm warm-up periods": until the first window has data the alarm waits in INSUFFICIENT_DATA.
 *
 * Not documented, hence a setting: how many more points are retrieved (5 for 3 in the examples; "3 or 4" for
 * 1, people report), and how long a point takes until an evaluation sees it.
 *
 * Assumed: data of standard resolution, kept by the minute; a point that arrives late gets into the window
 * of its time stamp; a notification leaves at once. `missing` as a treatment is not modelled: no alarm uses it.
 */

const MINUTE = 60_000;

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type Treatment = 'breaching' | 'notBreaching' | 'ignore';

export interface AlarmDefinition {
  readonly statistic: 'Minimum' | 'Maximum' | 'Sum';
  readonly comparison: 'LessThanThreshold' | 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold';
  readonly threshold: number;
  /** Milliseconds. */
  readonly period: number;
  /** N. */
  readonly evaluationPeriods: number;
  /** M. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: Treatment;
  /** Milliseconds; 0 without a warm-up. */
  readonly warmUp: number;
}

export interface Point {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
  /** When an evaluation sees it first; `at` and the usual delay if absent. */
  readonly arrives?: number;
}

/** One way to read what the documents leave open. */
export interface MetricReading {
  /** Windows retrieved beyond the evaluation periods. */
  readonly extraPeriods: number;
  /** From a point to the first evaluation that sees it, milliseconds. */
  readonly delay: number;
}

export interface AlarmNotification {
  readonly at: number;
  readonly state: 'OK' | 'ALARM';
}

/** Everything that the alarm says about the data, evaluated every minute of `from`–`until`; created at `from`. */
export function notifications(
  definition: AlarmDefinition,
  points: readonly Point[],
  span: { readonly from: number; readonly until: number },
  reading: MetricReading,
): AlarmNotification[] {
  const { period, evaluationPeriods, warmUp } = definition;
  const range = evaluationPeriods + reading.extraPeriods;
  const data = points
    .map(({ at, value, arrives }) => ({
      at: Math.floor(at / MINUTE) * MINUTE,
      value,
      arrives: (arrives ?? at) + (arrives === undefined ? reading.delay : 0),
    }))
    .sort((a, b) => a.at - b.at);
  const said: AlarmNotification[] = [];
  let state: AlarmState = 'INSUFFICIENT_DATA';
  let warm = warmUp === 0;
  let oldest = 0;
  for (let now = Math.ceil(span.from / MINUTE) * MINUTE; now <= span.until; now += MINUTE) {
    while ((data[oldest]?.at ?? Number.POSITIVE_INFINITY) < now - range * period) oldest += 1;
    const windows: number[][] = Array.from({ length: range }, () => []);
    for (let index = oldest; index < data.length; index += 1) {
      const point = data[index];
      if (point === undefined || point.at >= now) break;
      // The last window is the newest.
      if (point.arrives <= now) windows[range - Math.ceil((now - point.at) / period)]?.push(point.value);
    }
    const datapoints = windows.map((values) => breaches(definition, values));
    warm ||= now - span.from >= warmUp || datapoints.at(-1) !== undefined;
    if (!warm) continue;
    const next = evaluate(definition, datapoints, state);
    if (next !== state && next !== 'INSUFFICIENT_DATA') said.push({ at: now, state: next });
    state = next;
  }
  return said;
}

/** The state that data points call for, oldest first; undefined is a missing one. */
export function evaluate(
  definition: Pick<AlarmDefinition, 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'>,
  datapoints: readonly (boolean | undefined)[],
  state: AlarmState,
): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = definition;
  const real = datapoints.filter((breach) => breach !== undefined).slice(-evaluationPeriods);
  const breaching = real.filter(Boolean).length;
  const filled = evaluationPeriods - real.length;
  if (filled === 0 || treatMissingData !== 'ignore') {
    const bad = breaching + (treatMissingData === 'breaching' ? filled : 0);
    return bad >= datapointsToAlarm ? 'ALARM' : 'OK';
  }
  if (breaching >= datapointsToAlarm) return 'ALARM';
  // A good point is enough to be sure; bad ones only, but too few of them, are not.
  return breaching < real.length ? 'OK' : state;
}

function breaches({ statistic, comparison, threshold }: AlarmDefinition, values: readonly number[]) {
  if (values.length === 0) return undefined;
  const value =
    statistic === 'Minimum'
      ? Math.min(...values)
      : statistic === 'Maximum'
        ? Math.max(...values)
        : values.reduce((sum, each) => sum + each, 0);
  if (comparison === 'LessThanThreshold') return value < threshold;
  return comparison === 'GreaterThanThreshold' ? value > threshold : value >= threshold;
}
