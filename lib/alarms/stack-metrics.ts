import { type IMetric, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';

type Options = MetricOptions & { readonly statistic: string };

/** A metric of one credential, with the dimensions that Powertools writes. */
export function credentialMetric(credential: string, metricName: string, options: Options): IMetric & Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: {
      [METRICS.serviceDimension]: METRICS.service,
      [METRICS.credentialDimension]: credential,
    },
    ...options,
  });
}

/** A metric of all fleet credentials under a prefix: `FleetHeadroom`, `FleetFailureLevel`. */
export function fleetMetric(parameterPrefix: string, metricName: string, options: Options): IMetric & Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: {
      [METRICS.serviceDimension]: METRICS.service,
      [METRICS.prefixDimension]: parameterPrefix,
    },
    ...options,
  });
}

/** A metric of all credentials together: `Issued`, `RefusedMessages`. */
export function serviceMetric(metricName: string, options: Options): IMetric & Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: { [METRICS.serviceDimension]: METRICS.service },
    ...options,
  });
}
