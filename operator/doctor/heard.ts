import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { METRICS } from '../../lambdas/shared/names.ts';
import { inboxName } from '../aws/inbox.ts';
import type { Context } from '../context.ts';
import type { Credential } from '../credentials.ts';
import { HOUR, MINUTE, SECOND, span } from '../time.ts';
import { type Finding, ok, watch, wrong } from './finding.ts';

/** As far back as we look. */
const WINDOW = 3 * HOUR;
/** From the log line to the metric. */
const DELIVERY = 5 * MINUTE;

/** When each credential was last looked at, and how long messages wait, by the metrics: one call. */
export async function heard(
  context: Context,
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
    ...credentials.map((credential, index) => lastLook(credential, newest(`c${index}`)?.at, now)),
    oldest(newest('age')?.value ?? 0, credentials),
  ];
}

function lastLook({ config }: Credential, at: number | undefined, now: number): Finding {
  const { id, checkEverySeconds } = config;
  const fix = 'See the schedule, the inbox and the log of the function: docs/runbook.md#expiringsoon';
  if (at === undefined) return wrong(`${id}: no look at it in ${span(WINDOW)}.`, fix);
  const quiet = now - at;
  if (quiet > 3 * checkEverySeconds * SECOND + DELIVERY)
    return wrong(`${id}: the last look was ${span(quiet)} ago.`, fix);
  return ok(`${id}: looked at ${quiet < MINUTE ? 'within the last minute' : `${span(quiet)} ago`}.`);
}

function oldest(age: number, credentials: readonly Credential[]): Finding {
  const interval = Math.max(0, ...credentials.map(({ config }) => config.checkEverySeconds));
  // A look may take as long as an interval and more: the alarm of the same name goes further.
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
