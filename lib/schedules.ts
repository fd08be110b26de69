import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import { tickMessage, tickRetryPolicy } from '../lambdas/shared/message.ts';
import type { RefresherParts } from './refresher-parts.ts';
import { shortDigest } from './short-digest.ts';

/**
 * Creates a schedule group and its role. Each caller creates its own group, because the group is the only
 * dimension of the metrics of schedules.
 * Source of the conditions of the role: EventBridge Scheduler User Guide, "Prevent confused deputy".
 */
export function createScheduleGroupAndRole(
  scope: Construct,
  scheduleGroupName: string,
  roleDescription: string,
): Pick<RefresherParts, 'scheduleGroup' | 'schedulerRole'> {
  const removalPolicy = RemovalPolicy.DESTROY;
  const scheduleGroup = new ScheduleGroup(scope, 'Schedules', { scheduleGroupName, removalPolicy });
  const schedulerRole = new Role(scope, 'SchedulerRole', {
    description: roleDescription,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com').withConditions({
      StringEquals: {
        'aws:SourceAccount': Stack.of(scope).account,
        'aws:SourceArn': scheduleGroup.scheduleGroupArn,
      },
    }),
  });
  return { scheduleGroup, schedulerRole };
}

/**
 * Returns the construct id of a schedule in a group. CloudFormation cannot move a schedule to a different
 * group: the update fails with NotFound. With a different construct id, CloudFormation creates a new schedule
 * and deletes the old one.
 * Source: aws/aws-cdk issue 34216.
 */
export function scheduleConstructId(groupName: string): string {
  return `Schedule${shortDigest(groupName)}`;
}

/** Creates the schedule that sends the ticks of a credential to the inbox at the check interval. */
export function createTickSchedule(scope: Construct, credential: string, parts: RefresherParts): Schedule {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = tickRetryPolicy(parts.checkEvery.toSeconds());
  return new Schedule(scope, scheduleConstructId(parts.namePrefix), {
    scheduleName: credential,
    scheduleGroup: parts.scheduleGroup,
    description: `Ticks of the broker credential ${credential}`,
    schedule: ScheduleExpression.rate(parts.checkEvery),
    target: new SqsSendMessage(parts.inbox.queue, {
      role: parts.schedulerRole,
      messageGroupId: credential,
      input: ScheduleTargetInput.fromObject(tickMessage(credential)),
      retryAttempts: MaximumRetryAttempts,
      maxEventAge: Duration.seconds(MaximumEventAgeInSeconds),
    }),
  });
}
