import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';

/** A data point of a metric. */
export interface MetricPoint {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly at: Date;
}

/** The part of the embedded metric format (EMF) that Powertools writes. */
interface EmbeddedMetrics {
  readonly Timestamp: number;
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
  }[];
}

/** Returns the data points that CloudWatch extracts from a log line; none if the line is not in EMF. */
export function pointsOf(line: Readonly<Record<string, unknown>>): readonly MetricPoint[] {
  const embedded = line['_aws'] as EmbeddedMetrics | undefined;
  if (embedded === undefined) return [];
  const at = new Date(embedded.Timestamp);
  return embedded.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(line[name])]));
      return Metrics.map(({ Name: name, Unit: unit }) => {
        return { namespace, name, unit, value: Number(line[name]), dimensions, at };
      });
    }),
  );
}

/** Returns a text that is the same for all data points of a metric. */
export function metricOfPoint({ namespace, name, dimensions }: MetricPoint): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}

/** Returns the text of `metricOfPoint` for the metric that an alarm watches. */
export function metricOfAlarm({ Namespace, MetricName, Dimensions = [] }: MetricAlarm): string {
  const dimensions = Dimensions.map(({ Name, Value }) => [Name, Value]).sort();
  return JSON.stringify([Namespace, MetricName, dimensions]);
}
