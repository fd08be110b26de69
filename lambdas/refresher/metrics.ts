import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../shared/names.ts';
import type { Trouble } from './trouble.ts';

export interface CredentialReadings {
  readonly secondsToExpiry: number;
  readonly headroom: number;
  readonly trouble: Trouble;
}

/** The metrics, written to the log as EMF and flushed at once: nothing buffered would survive a time-out. */
export interface Gauges {
  credential(id: string, readings: CredentialReadings): void;
  issued(count: number): void;
  refusedMessage(): void;
}

export const emfGauges: Gauges = {
  credential(id, { secondsToExpiry, headroom, trouble }) {
    // An instance of its own: dimensions of a shared one leak from one credential to the next.
    const metrics = instance({ [METRICS.credentialDimension]: id });
    metrics.addMetric(METRICS.secondsToExpiry, MetricUnit.Seconds, secondsToExpiry);
    metrics.addMetric(METRICS.headroom, MetricUnit.Seconds, headroom);
    metrics.addMetric(METRICS.trouble, MetricUnit.NoUnit, trouble);
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

function instance(defaultDimensions: Record<string, string>): Metrics {
  return new Metrics({ namespace: METRICS.namespace, serviceName: METRICS.service, defaultDimensions });
}
