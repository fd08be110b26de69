import type { Duration } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Cleanup } from './cleanup/cleanup.ts';
import type { Inbox } from './inbox.ts';
import type { RefresherFunction } from './refresher-function.ts';
import type { ScheduleGroupAndRole } from './schedules.ts';

/** The resources of a refresher that its credentials, its alarms and its fleet use. */
export interface RefresherParts extends ScheduleGroupAndRole {
  readonly parameterPrefix: string;
  /** The prefix of the names of queues, alarms, topics, rules and schedule groups. */
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  readonly tokenKey: Key;
  readonly inbox: Inbox;
  readonly cleanup: Cleanup;
  readonly refresher: RefresherFunction;
  readonly alarmTopic: Topic;
  readonly runbookUrl: string | undefined;
}
