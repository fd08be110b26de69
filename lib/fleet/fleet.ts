import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { formatFleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { fleetParameterName, fleetScheduleGroup, reportTopicName } from '../../lambdas/shared/names.ts';
import type { ParsedRefresherProps } from '../config/props-schema.ts';
import { allowRejectionTopics } from '../consumers/rejection-topic.ts';
import { viaServiceCondition } from '../key.ts';
import { suppressNagForWildcards } from '../nag-suppressions.ts';
import { parameterArns } from '../parameters.ts';
import type { RefresherParts } from '../refresher-parts.ts';
import { createScheduleGroupAndRole } from '../schedules.ts';
import { FleetAlarms } from './fleet-alarms.ts';
import { FleetMonitor } from './fleet-monitor.ts';

/**
 * The options of a fleet. A fleet contains credentials that `tokens add` creates and `tokens remove` deletes
 * without a deployment.
 */
export interface FleetOptions {
  /**
   * The refresher may read secrets whose names start with this prefix, which ends with "/".
   *
   * @default 'broker-tokens/'
   */
  readonly secretPrefix?: string | undefined;
}

/** The resources for credentials that are unknown at synth, because `tokens add` creates these credentials. */
export class Fleet extends Construct {
  /**
   * The group with the schedules of all fleet credentials. EventBridge Scheduler deletes the schedules
   * together with the group.
   */
  readonly scheduleGroup: ScheduleGroup;
  readonly alarms: FleetAlarms;

  /** @internal */
  constructor(scope: Construct, parts: RefresherParts, settings: ParsedRefresherProps, secretPrefix: string) {
    super(scope, 'Fleet');
    const { namePrefix, inbox } = parts;
    const { scheduleGroup, schedulerRole } = createScheduleGroupAndRole(
      this,
      fleetScheduleGroup(namePrefix),
      'Sends ticks of fleet credentials to the inbox of the token refresher',
    );
    this.scheduleGroup = scheduleGroup;
    inbox.queue.grantSendMessages(schedulerRole);
    this.#allowRefresher(parts, secretPrefix);
    const monitor = new FleetMonitor(this, parts, settings.assets);
    allowRejectionTopics(inbox, namePrefix);
    const resource = reportTopicName(namePrefix, '*');
    const reportTopicArnPattern = Stack.of(this).formatArn({ service: 'sns', resource });
    // With this dependency, CloudFormation deletes the schedules and write permissions before the parameters.
    const cleanupResource = parts.cleanup.addFleet(this, reportTopicArnPattern);
    for (const { node } of [parts.refresher.role, monitor.role, scheduleGroup])
      node.addDependency(cleanupResource);
    this.alarms = new FleetAlarms(this, parts, monitor.logGroup, scheduleGroup);
    this.#publishSettings(parts, settings, secretPrefix, schedulerRole, reportTopicArnPattern);
  }

  /**
   * Creates the parameter with the settings that `tokens add` reads.
   * @param reportTopicArnPattern of each credential, with `*` in place of the credential id
   */
  #publishSettings(
    parts: RefresherParts,
    { renewBefore, responseTime, egress }: ParsedRefresherProps,
    secretPrefix: string,
    schedulerRole: Role,
    reportTopicArnPattern: string,
  ): void {
    const settings = new StringParameter(this, 'Settings', {
      parameterName: fleetParameterName(parts.parameterPrefix),
      description: 'Settings of the stack for `tokens add`',
      tier: ParameterTier.STANDARD,
      stringValue: formatFleetSettings({
        version: 1,
        secretPrefix,
        scheduleGroup: fleetScheduleGroup(parts.namePrefix),
        schedulerRoleArn: schedulerRole.roleArn,
        inboxArn: parts.inbox.queue.queueArn,
        reportTopicArn: reportTopicArnPattern,
        tokenKeyArn: parts.tokenKey.keyArn,
        checkEverySeconds: parts.checkEvery.toSeconds(),
        renewBeforeSeconds: renewBefore,
        responseTimeSeconds: responseTime,
        egress: egress === 'public' ? 'public' : 'fixed',
      }),
    });
    settings.node.addDependency(parts.refresher.role, schedulerRole, this.scheduleGroup);
  }

  #allowRefresher({ refresher, tokenKey, parameterPrefix }: RefresherParts, secretPrefix: string): void {
    const parameters = parameterArns(this, parameterPrefix, '*');
    const secrets = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${secretPrefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    refresher.allowParameters(parameters);
    refresher.addPermissions(['kms:Encrypt', 'kms:Decrypt'], [tokenKey.keyArn], {
      ...viaServiceCondition(this, 'ssm'),
      StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': parameters.token },
    });
    refresher.allowSecret(secrets);
    suppressNagForWildcards(
      refresher.role,
      [...Object.values(parameters), secrets],
      'The names of fleet credentials are unknown at synth; only their parameters and secrets below the two prefixes match',
    );
  }
}
