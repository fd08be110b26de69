import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';
import { inboxName } from '../aws/inbox.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { HOUR, MINUTE, SECOND, span } from '../time.ts';
import { type Finding, ok, watch, wrong } from './finding.ts';

/** The oldest metrics that are read. */
const WINDOW = 3 * HOUR;
/** From the log line to the metric. */
const DELIVERY = 5 * MINUTE;

/** The last tick of each credential and the age of the oldest message, from the metrics: one call. */
export async function checkLastTicks(
  context: CliContext,
  credentials: readonly Credential[],
): Promise<readonly Finding[]> {
  const now = context.clock.now();
  const { GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const { MetricDataResults = [] } = await context.aws.use('cloudwatch:GetMetricData', 'metrics', (client) =>
    client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - WINDOW),
        EndTime: new Date(now + MINUTE),
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [
          query('age', 'AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: inboxName(context.stack) }),
          ...credentials.map(({ config }, index) =>
            query(`c${index}`, METRICS.namespace, METRICS.secondsToExpiry, {
              [METRICS.serviceDimension]: METRICS.service,
              [METRICS.stackDimension]: context.stack,
              [METRICS.credentialDimension]: config.id,
            }),
          ),
        ],
      }),
    ),
  );
  const newest = (id: string) => {
    const result = MetricDataResults.find(({ Id }) => Id === id);
    const at = result?.Timestamps?.[0]?.getTime();
    return at === undefined ? undefined : { at, value: result?.Values?.[0] ?? 0 };
  };
  return [
    ...credentials.map((credential, index) => lastTick(credential, newest(`c${index}`)?.at, now)),
    oldest(newest('age')?.value ?? 0, credentials),
  ];
}

function lastTick({ config }: Credential, at: number | undefined, now: number): Finding {
  const { id, checkEverySeconds } = config;
  const fix = 'See the schedule, the inbox and the log of the function: docs/runbook.md#expiringsoon';
  if (at === undefined) return wrong(`${id}: no tick in the last ${span(WINDOW)}.`, fix);
  const quiet = now - at;
  if (quiet > 3 * checkEverySeconds * SECOND + DELIVERY)
    return wrong(`${id}: the last tick was ${span(quiet)} ago.`, fix);
  return ok(`${id}: last tick ${quiet < MINUTE ? 'within the last minute' : `${span(quiet)} ago`}.`);
}

function oldest(age: number, credentials: readonly Credential[]): Finding {
  const interval = Math.max(0, ...credentials.map(({ config }) => config.checkEverySeconds));
  // A tick may take longer than an interval; the alarm InboxStalled has a longer threshold.
  if (age > 2 * interval + 300)
    return watch(
      `A message has waited in the inbox for ${span(age * SECOND)}.`,
      'docs/runbook.md#inboxstalled',
    );
  return ok('Nothing waits long in the inbox.');
}

function query(
  Id: string,
  Namespace: string,
  MetricName: string,
  dimensions: Record<string, string>,
): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return { Id, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat: 'Maximum' } };
}
