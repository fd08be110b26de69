import { Metrics as EmfMetrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { FailureLevel } from '../decision/failure-level.ts';
import { METRICS } from '../shared/names.ts';

export interface CredentialReadings {
  readonly secondsToExpiry: number;
  readonly headroom: number;
  readonly failureLevel: FailureLevel;
}

/** Metrics, written to the log as EMF at once: a timeout would lose buffered ones. */
export interface Metrics {
  credential(id: string, readings: CredentialReadings): void;
  issued(count: number): void;
  refusedMessage(): void;
}

export const emfMetrics: Metrics = {
  credential(id, { secondsToExpiry, headroom, failureLevel }) {
    // The dimensions of a shared instance would leak to the next credential.
    const metrics = instance({ [METRICS.credentialDimension]: id });
    metrics.addMetric(METRICS.secondsToExpiry, MetricUnit.Seconds, secondsToExpiry);
    metrics.addMetric(METRICS.headroom, MetricUnit.Seconds, headroom);
    metrics.addMetric(METRICS.failureLevel, MetricUnit.NoUnit, failureLevel);
    metrics.publishStoredMetrics();
  },
  issued: (number) => count(METRICS.issued, number),
  refusedMessage: () => count(METRICS.refusedMessages, 1),
};

function count(name: string, value: number): void {
  const metrics = instance({});
  metrics.addMetric(name, MetricUnit.Count, value);
  metrics.publishStoredMetrics();
}

function instance(defaultDimensions: Record<string, string>): EmfMetrics {
  return new EmfMetrics({ namespace: METRICS.namespace, serviceName: METRICS.service, defaultDimensions });
}
