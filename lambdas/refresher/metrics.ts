import { Metrics as EmfMetrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { FailureLevel } from '../decision/failure-level.ts';
import { METRICS } from '../shared/names.ts';

export interface CredentialReadings {
  readonly secondsToExpiry: number;
  readonly headroom: number;
  readonly failureLevel: FailureLevel;
}

/**
 * Each method immediately writes its metrics to the log as EMF, because a timeout would lose buffered
 * metrics.
 */
export interface Metrics {
  publishReadings(id: string, readings: CredentialReadings): void;
  countIssueCalls(count: number): void;
  countInvalidMessage(): void;
}

/** Creates the metrics of a stack. The dimension `Stack` of each metric contains `namePrefix`. */
export function createEmfMetrics(namePrefix: string): Metrics {
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
    publishReadings(id, { secondsToExpiry, headroom, failureLevel }) {
      // A shared instance would also add the id of this credential to the metrics of the next credential.
      const metrics = createInstance({ [METRICS.credentialDimension]: id });
      metrics.addMetric(METRICS.secondsToExpiry, MetricUnit.Seconds, secondsToExpiry);
      metrics.addMetric(METRICS.headroom, MetricUnit.Seconds, headroom);
      metrics.addMetric(METRICS.failureLevel, MetricUnit.NoUnit, failureLevel);
      metrics.publishStoredMetrics();
    },
    countIssueCalls: (number) => count(METRICS.issued, number),
    countInvalidMessage: () => count(METRICS.refusedMessages, 1),
  };
}
