import type { Duration } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Cleanup } from './cleanup/cleanup.ts';
import type { Inbox } from './inbox.ts';
import type { RefresherFunction } from './refresher-function.ts';

/** The resources of a refresher that its credentials, its alarms and its fleet use. */
export interface RefresherParts {
  readonly parameterPrefix: string;
  /** The prefix of the names of queues, alarms, topics, rules and schedule groups. */
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  readonly scheduleGroup: ScheduleGroup;
  /** The role that EventBridge Scheduler assumes for the schedules of the group. */
  readonly schedulerRole: Role;
  readonly tokenKey: Key;
  readonly inbox: Inbox;
  readonly cleanup: Cleanup;
  readonly refresher: RefresherFunction;
  readonly alarmTopic: Topic;
  readonly runbookUrl: string | undefined;
}
