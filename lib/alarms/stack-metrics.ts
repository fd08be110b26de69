import { type IMetric, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';

/**
 * A metric of one credential; without a credential, of the stack, such as `Issued`, or of the fleet, such as
 * `FleetHeadroom`. Powertools adds the dimension `service`.
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
