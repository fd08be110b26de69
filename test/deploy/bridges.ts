import { CloudWatchClient, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Market } from '../../lambdas/shared/credential.ts';
import { BROKER_URL_ENVIRONMENT } from '../../lambdas/shared/names.ts';

/*
 * Workarounds for differences between MiniStack and AWS, in addition to the permissions of
 * test/aws/emulator-platform.ts. The workarounds do not change the deployed stack. docs/testing.md lists all
 * workarounds.
 */

/**
 * Returns the URLs of the simulated brokers as environment variables for MiniStack. The functions in
 * MiniStack inherit the variables. Functions in AWS have none of these variables, and the refresher accepts
 * only loopback hosts in the variables (docs/contracts.md).
 */
export function brokerUrlEnvironment(urls: {
  readonly kis: string;
  readonly kiwoom: string;
}): Record<string, string> {
  const markets: readonly Market[] = ['live', 'paper'];
  return Object.fromEntries(
    markets.flatMap((market) => [
      [BROKER_URL_ENVIRONMENT.kis[market], urls.kis],
      [BROKER_URL_ENVIRONMENT.kiwoom[market], urls.kiwoom],
    ]),
  );
}

/** The part of the embedded metric format (EMF) that Powertools writes. */
export interface EmfLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

export interface MetricPoint {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly at: Date;
}

export function isEmfLine(line: Readonly<Record<string, unknown>>): line is EmfLine {
  return typeof line['_aws'] === 'object';
}

/** Returns the data points that CloudWatch extracts from an EMF line. */
export function pointsOf(line: EmfLine): readonly MetricPoint[] {
  const at = new Date(line._aws.Timestamp);
  return line._aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(line[name])]));
      return Metrics.map(({ Name: name, Unit: unit }) => {
        return { namespace, name, unit, value: Number(line[name]), dimensions, at };
      });
    }),
  );
}

/**
 * Publishes each metric of the EMF log lines once, because MiniStack does not extract metrics from the log.
 *
 * MiniStack evaluates an alarm over all data points in the period of the alarm, and ignores the dimensions.
 * Therefore the bridge publishes only the data points of one credential. The bridge sets earlier timestamps,
 * so that each data point leaves the period after `visible` milliseconds.
 */
export class MetricsBridge {
  readonly #client: CloudWatchClient;
  readonly #datedBack: number;
  readonly #carries: (point: MetricPoint) => boolean;
  readonly #seen = new Set<string>();

  constructor(options: {
    readonly endpoint: string;
    /** The length of the period that the alarm evaluates, in milliseconds. */
    readonly window: number;
    readonly visible: number;
    readonly carries: (point: MetricPoint) => boolean;
  }) {
    this.#client = new CloudWatchClient({ endpoint: options.endpoint });
    this.#datedBack = options.window - options.visible;
    this.#carries = options.carries;
  }

  /** Publishes the metrics that were logged since the last call. */
  async publishMetrics(lines: readonly EmfLine[]): Promise<void> {
    for (const line of lines) {
      const key = JSON.stringify(line);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      for (const point of pointsOf(line).filter(this.#carries)) await this.#put(point);
    }
  }

  async #put({ namespace, name, unit, value, dimensions, at }: MetricPoint): Promise<void> {
    await this.#client.send(
      new PutMetricDataCommand({
        Namespace: namespace,
        MetricData: [
          {
            MetricName: name,
            Unit: unit as StandardUnit,
            Value: value,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            Timestamp: new Date(at.getTime() - this.#datedBack),
          },
        ],
      }),
    );
  }
}
