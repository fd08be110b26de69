import { type IMetric, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';

type Options = MetricOptions & { readonly statistic: string };

/** A metric of one credential. */
export function credentialMetric(credential: string, metricName: string, options: Options): IMetric & Metric {
  return metric(metricName, options, { [METRICS.credentialDimension]: credential });
}

/** A metric of all fleet credentials under a prefix: `FleetHeadroom`, `FleetFailureLevel`. */
export function fleetMetric(parameterPrefix: string, metricName: string, options: Options): IMetric & Metric {
  return metric(metricName, options, { [METRICS.prefixDimension]: parameterPrefix });
}

/** A metric of all credentials together: `Issued`, `RefusedMessages`. */
export function serviceMetric(metricName: string, options: Options): IMetric & Metric {
  return metric(metricName, options, {});
}

/** Powertools adds the dimension `service` to every metric. */
function metric(metricName: string, options: Options, dimensions: Record<string, string>): IMetric & Metric {
  const dimensionsMap = { [METRICS.serviceDimension]: METRICS.service, ...dimensions };
  return new Metric({ namespace: METRICS.namespace, metricName, dimensionsMap, ...options });
}
