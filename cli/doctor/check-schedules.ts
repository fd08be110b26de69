import { fleetScheduleGroup, METRICS } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { formatSpan, HOUR, MINUTE, SECOND } from '../time.ts';
import { type Finding, type Findings, failed, ok, REVERT_DRIFT_COMMAND, warning } from './finding.ts';

async function findSchedule({ aws }: CliContext, group: string, id: string) {
  return aws.find('scheduler:GetSchedule', `schedule/${group}/${id}`, { GroupName: group, Name: id });
}

/** Returns whether the stack or its fleet has a schedule for the credential. */
export async function hasSchedule(context: CliContext, id: string): Promise<boolean> {
  const { stack } = context;
  const schedule =
    (await findSchedule(context, stack, id)) ?? (await findSchedule(context, fleetScheduleGroup(stack), id));
  return schedule !== undefined;
}

export async function checkSchedule(context: CliContext, { config }: Credential): Promise<Findings> {
  const { id } = config;
  const isFleetCredential = config.managedBy === 'operator';
  const recreateFix = isFleetCredential
    ? `To create the schedule again, run ${context.program} add ${id} with the same options.`
    : REVERT_DRIFT_COMMAND;
  const group = isFleetCredential ? fleetScheduleGroup(context.stack) : context.stack;
  const schedule = await findSchedule(context, group, id);
  if (schedule === undefined)
    return [failed(`${id}: there is no schedule, so there are no ticks.`, recreateFix)];
  if (schedule.State === 'DISABLED')
    return [failed(`${id}: the schedule is disabled, so there are no ticks.`, recreateFix)];
  const configuredInterval = config.checkEverySeconds * SECOND;
  const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(schedule.ScheduleExpression ?? '') ?? [];
  const scheduledInterval = minutes === undefined ? configuredInterval : Number(minutes) * MINUTE;
  const text = `${id}: a tick every ${formatSpan(scheduledInterval)}`;
  return scheduledInterval === configuredInterval
    ? [ok(`${text}.`)]
    : [warning(`${text}, and its config says ${formatSpan(configuredInterval)}.`, recreateFix)];
}

/** The length of the time range for which metrics are read. The range ends now. */
const METRIC_WINDOW = 3 * HOUR;
/** The longest time from a log entry of the function until CloudWatch shows the metric in the entry. */
const METRIC_DELAY = 5 * MINUTE;

/**
 * Checks the time of the last tick of each stack credential: the last data point of its metric. Fleet
 * credentials have no metric.
 */
export async function checkLastTicks(
  { aws, clock, stack }: CliContext,
  allCredentials: readonly Credential[],
): Promise<Findings> {
  const now = clock.now();
  const credentials = allCredentials.filter(({ config }) => config.managedBy === undefined);
  if (credentials.length === 0) return [];
  const { MetricDataResults = [] } = await aws.call('cloudwatch:GetMetricData', 'metrics', {
    StartTime: new Date(now - METRIC_WINDOW),
    EndTime: new Date(now + MINUTE),
    ScanBy: 'TimestampDescending',
    MetricDataQueries: credentials.map(({ config }, index) => ({
      Id: `c${index}`,
      MetricStat: {
        Metric: {
          Namespace: METRICS.namespace,
          MetricName: METRICS.secondsToExpiry,
          Dimensions: [
            { Name: METRICS.serviceDimension, Value: METRICS.service },
            { Name: METRICS.stackDimension, Value: stack },
            { Name: METRICS.credentialDimension, Value: config.id },
          ],
        },
        Period: 60,
        Stat: 'Maximum',
      },
    })),
  });
  return credentials.map((credential, index) => {
    const result = MetricDataResults.find(({ Id }) => Id === `c${index}`);
    return lastTickFinding(credential, result?.Timestamps?.[0]?.getTime(), now);
  });
}

function lastTickFinding({ config }: Credential, at: number | undefined, now: number): Finding {
  const { id, checkEverySeconds } = config;
  const fix = 'Check the schedule, the inbox and the log of the function: docs/runbook.md#expiringsoon';
  if (at === undefined) return failed(`${id}: no tick in the last ${formatSpan(METRIC_WINDOW)}.`, fix);
  const age = now - at;
  if (age > 3 * checkEverySeconds * SECOND + METRIC_DELAY)
    return failed(`${id}: the last tick was ${formatSpan(age)} ago.`, fix);
  const ageText = age < MINUTE ? 'within the last minute' : `${formatSpan(age)} ago`;
  return ok(`${id}: the last tick was ${ageText}.`);
}
