import { Metrics as EmfMetrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { FailureLevel } from '../decision/failure-level.ts';
import { METRICS } from '../shared/names.ts';

/** The values of the metrics of one credential. */
export interface CredentialReadings {
  /** The time until the token expires, in seconds; 0 without a live token. */
  readonly secondsToExpiry: number;
  /** The value of the metric `Headroom`, in seconds. */
  readonly headroom: number;
  readonly failureLevel: FailureLevel;
}

export type Metrics = ReturnType<typeof createEmfMetrics>;

/** Each method writes its metrics to the log at once, because a timeout would lose buffered metrics. */
export function createEmfMetrics(namePrefix: string) {
  const createInstance = (dimensions: Record<string, string>) =>
    new EmfMetrics({
      namespace: METRICS.namespace,
      serviceName: METRICS.service,
      defaultDimensions: { [METRICS.stackDimension]: namePrefix, ...dimensions },
    });
  const count = (name: string, value: number): void => {
    const metrics = createInstance({});
    metrics.addMetric(name, MetricUnit.Count, value);
    metrics.publishStoredMetrics();
  };
  return {
    publishReadings(id: string, { secondsToExpiry, headroom, failureLevel }: CredentialReadings): void {
      // A shared instance would also add the id of this credential to the metrics of the next credential.
      const metrics = createInstance({ [METRICS.credentialDimension]: id });
      metrics.addMetric(METRICS.secondsToExpiry, MetricUnit.Seconds, secondsToExpiry);
      metrics.addMetric(METRICS.headroom, MetricUnit.Seconds, headroom);
      metrics.addMetric(METRICS.failureLevel, MetricUnit.NoUnit, failureLevel);
      metrics.publishStoredMetrics();
    },
    countIssueCalls: (number: number) => count(METRICS.issued, number),
    countInvalidMessage: () => count(METRICS.refusedMessages, 1),
  };
}
