import { type IMetric, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';

type StackMetricOptions = MetricOptions & { readonly statistic: string };

/** A metric of one credential of a stack. */
export function credentialMetric(
  namePrefix: string,
  credential: string,
  metricName: string,
  options: StackMetricOptions,
): IMetric & Metric {
  return stackMetric(namePrefix, metricName, {
    ...options,
    dimensionsMap: { [METRICS.credentialDimension]: credential },
  });
}

/**
 * A metric of all credentials of a stack together, such as `Issued`, or of its fleet, such as
 * `FleetHeadroom`. Powertools adds the dimension `service` to each metric.
 */
export function stackMetric(
  namePrefix: string,
  metricName: string,
  { dimensionsMap, ...options }: StackMetricOptions & { readonly dimensionsMap?: Record<string, string> },
): IMetric & Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: {
      [METRICS.serviceDimension]: METRICS.service,
      [METRICS.stackDimension]: namePrefix,
      ...dimensionsMap,
    },
    ...options,
  });
}
