import { CloudWatchClient, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Market } from '../../lambdas/shared/credential.ts';
import { BROKER_URL_ENVIRONMENT } from '../../lambdas/shared/names.ts';

/*
 * Where MiniStack is not AWS, the test builds a bridge, and every bridge stands here. None of them
 * touches what is deployed but for `hasten`. They are listed in docs/testing.md.
 */

/**
 * Bridge 1: the brokers. The function finds them by overrides in its environment that are honored on
 * loopback only (DESIGN of the environment: docs/contracts.md). The deployed function has none of them:
 * MiniStack hands its own environment on to the functions that it runs.
 */
export function brokerOverrides(urls: {
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

/** The embedded metric format, as far as Powertools writes it. */
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

export function isEmf(line: Readonly<Record<string, unknown>>): line is EmfLine {
  return typeof line['_aws'] === 'object';
}

/** The metrics that CloudWatch makes of an EMF line. */
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
 * Bridge 2: EMF. CloudWatch Logs makes metrics of such lines, MiniStack does not: what the function
 * logged is put as metrics instead, each once.
 *
 * MiniStack judges an alarm by all points of the whole time that it looks back on, whatever their
 * dimensions. So only the lines of one credential are handed on; and they are dated back, so that a
 * point has left that time after `visible` ms, not after minutes.
 */
export class MetricsBridge {
  readonly #client: CloudWatchClient;
  readonly #datedBack: number;
  readonly #carries: (point: MetricPoint) => boolean;
  readonly #seen = new Set<string>();

  constructor(options: {
    readonly endpoint: string;
    /** How far the alarm looks back, milliseconds. */
    readonly window: number;
    readonly visible: number;
    readonly carries: (point: MetricPoint) => boolean;
  }) {
    this.#client = new CloudWatchClient({ endpoint: options.endpoint });
    this.#datedBack = options.window - options.visible;
    this.#carries = options.carries;
  }

  /** Puts what has been logged since the last time. */
  async carry(lines: readonly EmfLine[]): Promise<void> {
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
