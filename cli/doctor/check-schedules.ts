import { fleetScheduleGroup, METRICS } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential, StoredCredentials } from '../credentials.ts';
import { formatSpan, HOUR, MINUTE, SECOND } from '../time.ts';
import { REVERT_DRIFT_COMMAND, type Report } from './finding.ts';

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

export async function checkSchedule(context: CliContext, { config }: Credential, report: Report) {
  const { id } = config;
  const isFleetCredential = config.managedBy === 'operator';
  const recreateFix = isFleetCredential
    ? `To create the schedule again, run ${context.program} add ${id} with the same options.`
    : REVERT_DRIFT_COMMAND;
  const group = isFleetCredential ? fleetScheduleGroup(context.stack) : context.stack;
  const schedule = await findSchedule(context, group, id);
  if (schedule === undefined)
    return report.failed(`${id}: there is no schedule, so there are no ticks.`, recreateFix);
  if (schedule.State === 'DISABLED')
    return report.failed(`${id}: the schedule is disabled, so there are no ticks.`, recreateFix);
  const configuredInterval = config.checkEverySeconds * SECOND;
  const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(schedule.ScheduleExpression ?? '') ?? [];
  const scheduledInterval = minutes === undefined ? configuredInterval : Number(minutes) * MINUTE;
  const text = `${id}: a tick every ${formatSpan(scheduledInterval)}`;
  if (scheduledInterval === configuredInterval) report.ok(`${text}.`);
  else report.warning(`${text}, and its config says ${formatSpan(configuredInterval)}.`, recreateFix);
}

/** The length of the time range for which metrics are read. The range ends now. */
const METRIC_WINDOW = 3 * HOUR;
/** The longest time from a log entry of the function until CloudWatch shows the metric in the entry. */
const METRIC_DELAY = 5 * MINUTE;

/** Each tick of a stack credential adds a data point to a metric. Fleet credentials have no such metric. */
export async function checkLastTicks(context: CliContext, stored: StoredCredentials, report: Report) {
  const { aws, clock, stack } = context;
  const now = clock.now();
  const credentials = stored.credentials.filter(({ config }) => config.managedBy === undefined);
  if (credentials.length === 0) return;
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
  for (const [index, credential] of credentials.entries()) {
    const result = MetricDataResults.find(({ Id }) => Id === `c${index}`);
    checkTickAge(credential, result?.Timestamps?.[0]?.getTime(), now, report);
  }
}

function checkTickAge({ config }: Credential, at: number | undefined, now: number, report: Report) {
  const { id, checkEverySeconds } = config;
  const fix = 'Check the schedule, the inbox and the log of the function: docs/runbook.md#expiringsoon';
  if (at === undefined) return report.failed(`${id}: no tick in the last ${formatSpan(METRIC_WINDOW)}.`, fix);
  const age = now - at;
  if (age > 3 * checkEverySeconds * SECOND + METRIC_DELAY)
    return report.failed(`${id}: the last tick was ${formatSpan(age)} ago.`, fix);
  const ageText = age < MINUTE ? 'within the last minute' : `${formatSpan(age)} ago`;
  report.ok(`${id}: the last tick was ${ageText}.`);
}
