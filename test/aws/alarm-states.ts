import { type MetricAlarm, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';
import { type AlarmDefinition, type DataPoint, simulateNotifications } from '../../simulator/cloudwatch.ts';
import { type EmfLine, type MetricPoint, pointsOf } from '../deploy/bridges.ts';
import type { Deployment } from '../deploy/deployment.ts';
import { alarms } from '../deploy/notifications.ts';
import type { Run } from './settings.ts';

/** The warm-up period of the alarms, in milliseconds, which MiniStack does not return. */
const WARM_UP = 20 * 60_000;

/**
 * Sets the states of a stack's alarms in MiniStack, because MiniStack neither reads metrics from the log nor
 * separates the data points of different dimensions. The project's CloudWatch model evaluates the alarms.
 */
export class AlarmStates {
  readonly #stack: Deployment;
  readonly #run: Run;
  readonly #from: number;

  /** @param from the instant from which alarms are evaluated, in epoch milliseconds */
  constructor(stack: Deployment, run: Run, from: number) {
    this.#stack = stack;
    this.#run = run;
    this.#from = from;
  }

  /** Sets the state of each alarm whose state changed. MiniStack notifies the subscribers of each change. */
  async update(lines: readonly EmfLine[], now: number): Promise<void> {
    const points = lines.flatMap(pointsOf);
    for (const alarm of await alarms(this.#stack, `${this.#run.stack}-`)) {
      if (alarm.Namespace !== METRICS.namespace) continue;
      const state = stateOf(alarm, points, { from: this.#from, until: now });
      if (state === undefined || state === alarm.StateValue) continue;
      const StateReason = 'evaluated by npm run test:aws -- --emulator --keep';
      await this.#stack.cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName: alarm.AlarmName, StateValue: state, StateReason }),
      );
    }
  }
}

/** Returns the state of an alarm at the end of a time span, or undefined if no evaluation had a result. */
export function stateOf(
  alarm: MetricAlarm,
  all: readonly MetricPoint[],
  span: { readonly from: number; readonly until: number },
): 'OK' | 'ALARM' | undefined {
  const alarmMetricKey = metricKey(
    alarm.MetricName,
    (alarm.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]),
  );
  const points = all
    .filter(({ name, dimensions }) => metricKey(name, Object.entries(dimensions)) === alarmMetricKey)
    .map(({ at, value }): DataPoint => ({ at: at.getTime(), value }));
  return simulateNotifications(definitionOf(alarm), points, span, { extraPeriods: 0, delay: 0 }).at(-1)
    ?.state;
}

function definitionOf(alarm: MetricAlarm): AlarmDefinition {
  const { EvaluationPeriods: evaluationPeriods = 1, Period = 60, Threshold = 0 } = alarm;
  return {
    statistic: alarm.Statistic as AlarmDefinition['statistic'],
    comparison: alarm.ComparisonOperator as AlarmDefinition['comparison'],
    threshold: Threshold,
    period: Period * 1000,
    evaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? evaluationPeriods,
    treatMissingData: alarm.TreatMissingData as AlarmDefinition['treatMissingData'],
    warmUp: WARM_UP,
  };
}

function metricKey(name: string | undefined, dimensions: readonly (readonly string[])[]): string {
  return JSON.stringify([name, [...dimensions].sort()]);
}
