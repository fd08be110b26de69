import { type IMetric, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';

/**
 * Returns a metric of one credential. If `credential` is undefined, the metric belongs to the stack, such as
 * `Issued`, or to the fleet, such as `FleetHeadroom`. Powertools adds the dimension `service`.
 */
export function stackMetric(
  namePrefix: string,
  metricName: string,
  options: MetricOptions & { readonly statistic: string },
  credential?: string,
): IMetric & Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    ...options,
    dimensionsMap: {
      [METRICS.serviceDimension]: METRICS.service,
      [METRICS.stackDimension]: namePrefix,
      ...(credential !== undefined && { [METRICS.credentialDimension]: credential }),
    },
  });
}
