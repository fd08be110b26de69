import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';

/**
 * A role that EventBridge Scheduler takes for the schedules of one group.
 * Source: EventBridge Scheduler User Guide, "Prevent confused deputy": the ARN is the group's.
 */
export function createSchedulerRole(
  scope: Construct,
  id: string,
  group: IScheduleGroup,
  { description }: { readonly description: string },
): Role {
  return new Role(scope, id, {
    description,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com').withConditions({
      StringEquals: {
        'aws:SourceAccount': Stack.of(scope).account,
        'aws:SourceArn': group.scheduleGroupArn,
      },
    }),
  });
}
