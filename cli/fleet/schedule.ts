import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { FleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { tickMessage, tickRetryPolicy } from '../../lambdas/shared/message.ts';
import type { CliContext } from '../cli-context.ts';
import { AwsCallError } from '../cli-error.ts';
import { isNotFound } from '../doctor/finding.ts';

/**
 * The schedule of an added credential: the same as the stack makes for its own, in the group of the fleet, but at any time
 * within a minute. Should the scheduler round to minutes, hundreds of ticks in one second would be more than Parameter Store
 * serves (docs/scale.md § Ticks in one second).
 */
export function scheduleOf(
  { id, checkEverySeconds }: CredentialConfig,
  fleet: FleetSettings,
): CreateScheduleCommandInput {
  const minutes = checkEverySeconds / 60;
  return {
    Name: id,
    GroupName: fleet.scheduleGroup,
    Description: `Ticks of the broker credential ${id}`,
    ScheduleExpression: `rate(${minutes} minute${minutes === 1 ? '' : 's'})`,
    ScheduleExpressionTimezone: 'Etc/UTC',
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1 },
    Target: {
      Arn: fleet.inboxArn,
      RoleArn: fleet.schedulerRoleArn,
      SqsParameters: { MessageGroupId: id },
      Input: JSON.stringify(tickMessage(id)),
      RetryPolicy: tickRetryPolicy(checkEverySeconds),
    },
  };
}

/** Makes the schedule, or makes one that is there what it should be. */
export async function putSchedule(context: CliContext, input: CreateScheduleCommandInput): Promise<void> {
  const { CreateScheduleCommand, UpdateScheduleCommand } = await import('@aws-sdk/client-scheduler');
  const resource = `schedule/${input.GroupName}/${input.Name}`;
  try {
    await context.aws.use('scheduler:CreateSchedule', resource, (client) =>
      client.send(new CreateScheduleCommand(input)),
    );
  } catch (error) {
    if (!isConflict(error)) throw error;
    await context.aws.use('scheduler:UpdateSchedule', resource, (client) =>
      client.send(new UpdateScheduleCommand(input)),
    );
  }
}

/** @returns whether there was one */
export async function deleteSchedule(context: CliContext, group: string, id: string): Promise<boolean> {
  const { DeleteScheduleCommand } = await import('@aws-sdk/client-scheduler');
  try {
    await context.aws.use('scheduler:DeleteSchedule', `schedule/${group}/${id}`, (client) =>
      client.send(new DeleteScheduleCommand({ GroupName: group, Name: id })),
    );
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}

/** Source: EventBridge Scheduler API reference, CreateSchedule § Errors. */
function isConflict(error: unknown): boolean {
  return (
    error instanceof AwsCallError && error.cause instanceof Error && error.cause.name === 'ConflictException'
  );
}
