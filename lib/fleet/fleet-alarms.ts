import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { tokenAlarms } from '../alarms/credential-alarms.ts';
import { schedulerDroppedAlarm } from '../alarms/service-alarms.ts';
import type { RefresherParts } from '../refresher-parts.ts';

/**
 * The alarms for all fleet credentials together, so that a new credential needs no new alarm. A disadvantage
 * is that an alarm in the state ALARM does not notify again when a second credential fails.
 */
export class FleetAlarms extends Construct {
  readonly expiringSoon: Alarm;
  readonly refreshFailing: Alarm;
  readonly actionRequired: Alarm;
  readonly schedulerDropped: Alarm;
  /** All alarms of the fleet, in the order of the runbook. */
  readonly all: readonly Alarm[];

  /**
   * @param logGroup the log group of the fleet monitor, whose log lines name the credentials
   * @param scheduleGroup the schedule group of the fleet credentials
   * @internal
   */
  constructor(scope: Construct, parts: RefresherParts, logGroup: ILogGroup, scheduleGroup: IScheduleGroup) {
    super(scope, 'Alarms');
    const tokens = tokenAlarms(
      this,
      parts,
      undefined,
      `aws logs tail ${logGroup.logGroupName} --since 30m --filter-pattern '{ $.message = "fleet monitor" }'`,
      // In percent of the renewal margin: the alarm of a single credential also fires at half of the margin.
      50,
      [
        'A fleet credential has less than half of its renewal margin (renewBefore) left, or the fleet monitor does not report. ' +
          'The log line of the fleet monitor names the credential under "expiring".',
        'Repeated refreshes of a fleet credential failed, or the credential has no enabled schedule. ' +
          'The log line of the fleet monitor names the credential under "failing" or "withoutSchedule".',
        'The token of a fleet credential cannot be refreshed until you act, or its config cannot be read. ' +
          'The log line of the fleet monitor names the credential under "actionRequired".',
      ],
    );
    [this.expiringSoon, this.refreshFailing, this.actionRequired] = tokens;
    this.schedulerDropped = schedulerDroppedAlarm(this, 'FleetSchedulerDropped', parts, scheduleGroup);
    this.all = [...tokens, this.schedulerDropped];
  }
}
