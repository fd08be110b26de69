import type { AlarmDefinition, MissingDataTreatment } from '../../../simulator/cloudwatch.ts';
import { resources, type Template, valueText } from '../synth.ts';

export interface SynthesizedAlarm {
  /** The title of the alarm's chapter in docs/runbook.md, such as `ExpiringSoon`. */
  readonly chapter: string;
  readonly name: string;
  readonly description: string;
  /** The metric that the alarm reads, in the format of `metricKey`. */
  readonly metric: string;
  readonly definition: AlarmDefinition;
}

/**
 * Returns the namespace, the name and all dimensions of a metric as one string, because an alarm with a
 * missing dimension receives no data.
 */
export function metricKey(
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
): string {
  const pairs = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  return `${namespace}/${name}{${pairs.sort().join(',')}}`;
}

/**
 * Returns the alarms of a template.
 * @throws if an alarm has a property that the simulation does not support
 */
export function synthesizedAlarms(template: Template): readonly SynthesizedAlarm[] {
  return [...resources(template, 'AWS::CloudWatch::Alarm').values()].map(({ Properties }) => {
    const { AlarmName, AlarmDescription, AlarmActions, OKActions, Dimensions, ...own } = Properties;
    const { Namespace, MetricName, Statistic, ComparisonOperator, Threshold, ...times } = own;
    const { Period, EvaluationPeriods, DatapointsToAlarm, TreatMissingData, ...rest } = times;
    const { WarmUpConfiguration, ...unknown } = rest;
    if (Object.keys(unknown).length > 0) throw new Error(`The model lacks ${Object.keys(unknown)}`);
    const dimensions = (Dimensions ?? []) as readonly { Name: string; Value: unknown }[];
    const warmUp = WarmUpConfiguration as { WarmUpPeriodDurationInMinutes: number } | undefined;
    const name = valueText(AlarmName);
    return {
      chapter: name.slice(name.lastIndexOf('-') + 1),
      name,
      description: valueText(AlarmDescription),
      metric: metricKey(
        String(Namespace),
        String(MetricName),
        Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, valueText(Value)])),
      ),
      definition: {
        statistic: Statistic as AlarmDefinition['statistic'],
        comparison: ComparisonOperator as AlarmDefinition['comparison'],
        threshold: Number(Threshold),
        period: Number(Period) * 1000,
        evaluationPeriods: Number(EvaluationPeriods),
        datapointsToAlarm: Number(DatapointsToAlarm ?? EvaluationPeriods),
        treatMissingData: TreatMissingData as MissingDataTreatment,
        warmUp: (warmUp?.WarmUpPeriodDurationInMinutes ?? 0) * 60_000,
      },
    };
  });
}
