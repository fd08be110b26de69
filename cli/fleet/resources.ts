import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { type FleetSettings, parseFleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { reportFilter, tickMessage, tickRetryPolicy } from '../../lambdas/shared/message.ts';
import { fleetParameterName } from '../../lambdas/shared/names.ts';
import { type CliContext, parametersLocation } from '../cli-context.ts';
import { CommandFailedError, isAwsError } from '../cli-error.ts';

/** Reads the fleet parameter of the stack. @throws CommandFailedError if the stack has no fleet */
export async function readFleet(context: CliContext): Promise<FleetSettings> {
  const name = fleetParameterName(context.prefix);
  const { Parameters: [parameter] = [] } = await context.aws.call('ssm:GetParameters', name, {
    Names: [name],
  });
  if (parameter === undefined)
    throw new CommandFailedError(
      `The stack under ${parametersLocation(context)} has no fleet, so no credential can be added without a deployment.`,
      'Set "fleet": {} beside "credentials" in cdk.json, and deploy: npx cdk deploy. Or add the credential to cdk.json.',
    );
  const fleet = parseFleetSettings(parameter.Value ?? '');
  if (fleet === undefined)
    throw new CommandFailedError(
      `The parameter ${name} is invalid.`,
      'Write the parameter again: npx cdk deploy --revert-drift',
    );
  return fleet;
}

/**
 * Returns the schedule of a fleet credential. A fleet schedule has a time window of one minute, because
 * hundreds of ticks in one second would exceed the request rate of SSM (docs/scale.md § Ticks in one
 * second).
 */
export function fleetScheduleInput(
  { id, checkEverySeconds }: Pick<CredentialConfig, 'id' | 'checkEverySeconds'>,
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

export function reportTopicArn({ reportTopicArn: pattern }: FleetSettings, id: string): string {
  return pattern.replace('*', id);
}

/**
 * Creates the topic for rejection reports about a fleet credential, if it does not exist. Like the topics of
 * the stack, the topic is encrypted, requires TLS, and forwards only reports about its credential.
 * @returns its ARN; undefined if the account has reached its quota of FIFO topics
 */
export async function putReportTopic({ aws }: CliContext, id: string, fleet: FleetSettings) {
  const arn = reportTopicArn(fleet, id);
  const Name = arn.split(':').slice(5).join(':');
  try {
    await aws.call('sns:CreateTopic', arn, { Name, Attributes: topicAttributes(arn, fleet) });
  } catch (error) {
    // Source: SNS API reference, CreateTopic § Errors. The default quota is 1,000 FIFO topics per account.
    if (isAwsError(error, 'TopicLimitExceededException')) return undefined;
    throw error;
  }
  await aws.call('sns:Subscribe', arn, {
    TopicArn: arn,
    Protocol: 'sqs',
    Endpoint: fleet.inboxArn,
    Attributes: {
      // The refresher expects the published body without the SNS envelope.
      RawMessageDelivery: 'true',
      FilterPolicyScope: 'MessageBody',
      FilterPolicy: JSON.stringify(reportFilter(id)),
    },
    ReturnSubscriptionArn: true,
  });
  return arn;
}

function topicAttributes(arn: string, { tokenKeyArn }: FleetSettings): Record<string, string> {
  const denyWithoutTls = {
    Sid: 'AllowPublishThroughSSLOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 'sns:Publish',
    Resource: arn,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  return {
    FifoTopic: 'true',
    ContentBasedDeduplication: 'true',
    KmsMasterKeyId: tokenKeyArn,
    // This policy replaces the default policy, so a principal needs sns:Publish in its own IAM policy.
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: [denyWithoutTls] }),
  };
}
