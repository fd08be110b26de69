import { CloudWatchClient, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Market } from '../../lambdas/shared/credential.ts';
import { BROKER_URL_ENVIRONMENT } from '../../lambdas/shared/names.ts';

/*
 * Workarounds for differences between MiniStack and AWS, beside the permissions of test/aws/emulator-platform.ts. They
 * change nothing that is deployed. docs/testing.md lists them.
 */

/**
 * The URLs of the simulated brokers, for the environment of MiniStack: the functions that it runs inherit it. The
 * deployed functions have none of these variables, which are honored on loopback only (docs/contracts.md).
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
 * Puts the metrics of EMF lines, each once: CloudWatch Logs creates them, MiniStack does not.
 *
 * MiniStack evaluates an alarm over all points of its whole time, whatever their dimensions. Therefore only the points of
 * one credential are put, with earlier timestamps, so that a point leaves that time after `visible` ms.
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
