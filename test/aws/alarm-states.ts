import { type MetricAlarm, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';
import { type AlarmDefinition, simulateNotifications } from '../../simulator/cloudwatch.ts';
import type { Deployment } from '../deploy/deployment.ts';
import { type MetricPoint, metricOfAlarm, metricOfPoint } from '../deploy/metric-points.ts';

/** The warm-up period of the alarms, in milliseconds, which MiniStack does not return. */
const WARM_UP_PERIOD = 20 * 60_000;

/**
 * Sets the states of alarms in MiniStack, because MiniStack neither reads metrics from the log nor separates
 * the data points of different dimensions. The project's CloudWatch model evaluates the alarms from the
 * instant `from`, in epoch milliseconds. MiniStack notifies the subscribers of each change.
 * @param prefix the prefix of the alarm names. @default all alarms of the stack
 * @param change changes of the deployed definitions
 */
export async function updateAlarmStates(
  stack: Deployment,
  { from, prefix, change }: { from: number; prefix?: string; change?: Partial<AlarmDefinition> },
): Promise<void> {
  const points = await stack.metricPoints();
  for (const alarm of await stack.alarms(prefix)) {
    if (alarm.Namespace !== METRICS.namespace) continue;
    const StateValue = stateOf(alarm, points, { from, until: Date.now() }, change);
    if (StateValue === undefined || StateValue === alarm.StateValue) continue;
    const StateReason = 'evaluated by npm run test:aws -- --emulator';
    await stack.cloudWatch.send(
      new SetAlarmStateCommand({ AlarmName: alarm.AlarmName, StateValue, StateReason }),
    );
  }
}

/** Returns the state of an alarm at the end of a time span, or undefined if no evaluation had a result. */
export function stateOf(
  alarm: MetricAlarm,
  points: readonly MetricPoint[],
  span: { readonly from: number; readonly until: number },
  change: Partial<AlarmDefinition> = {},
): 'OK' | 'ALARM' | undefined {
  const { EvaluationPeriods: evaluationPeriods = 1, Period = 60, Threshold = 0 } = alarm;
  const definition: AlarmDefinition = {
    statistic: alarm.Statistic as AlarmDefinition['statistic'],
    comparison: alarm.ComparisonOperator as AlarmDefinition['comparison'],
    threshold: Threshold,
    period: Period * 1000,
    evaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? evaluationPeriods,
    treatMissingData: alarm.TreatMissingData as AlarmDefinition['treatMissingData'],
    warmUp: WARM_UP_PERIOD,
    ...change,
  };
  const own = points
    .filter((point) => metricOfPoint(point) === metricOfAlarm(alarm))
    .map(({ at, value }) => ({ at: at.getTime(), value }));
  return simulateNotifications(definition, own, span, { extraPeriods: 0, delay: 0 }).at(-1)?.state;
}
