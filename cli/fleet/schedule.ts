import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { FleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { tickMessage, tickRetryPolicy } from '../../lambdas/shared/message.ts';
import type { CliContext } from '../cli-context.ts';
import { isAwsError, isAwsNotFoundError } from '../cli-error.ts';

/**
 * Returns the schedule of a fleet credential. A fleet schedule has a time window of one minute, because
 * hundreds of ticks in one second would exceed the request rate of SSM (docs/scale.md § Ticks in one
 * second).
 */
export function fleetScheduleInput(
  { id, checkEverySeconds }: CredentialConfig,
  fleet: FleetSettings,
): CreateScheduleCommandInput {
  const intervalMinutes = checkEverySeconds / 60;
  return {
    Name: id,
    GroupName: fleet.scheduleGroup,
    Description: `Ticks of the broker credential ${id}`,
    ScheduleExpression: `rate(${intervalMinutes} minute${intervalMinutes === 1 ? '' : 's'})`,
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

/** Creates the schedule, or updates it if it exists. */
export async function putSchedule({ aws }: CliContext, input: CreateScheduleCommandInput): Promise<void> {
  const resource = `schedule/${input.GroupName}/${input.Name}`;
  try {
    await aws.call('scheduler:CreateSchedule', resource, input);
  } catch (error) {
    // Source: EventBridge Scheduler API Reference, CreateSchedule § Errors.
    if (!isAwsError(error, 'ConflictException')) throw error;
    await aws.call('scheduler:UpdateSchedule', resource, input);
  }
}

/** Deletes a schedule. @returns whether the schedule existed */
export async function deleteSchedule({ aws }: CliContext, group: string, id: string): Promise<boolean> {
  try {
    await aws.call('scheduler:DeleteSchedule', `schedule/${group}/${id}`, { GroupName: group, Name: id });
    return true;
  } catch (error) {
    if (!isAwsNotFoundError(error)) throw error;
    return false;
  }
}
