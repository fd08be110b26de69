import { ArnFormat, type CustomResource, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { formatFleet } from '../../lambdas/shared/fleet-settings.ts';
import { fleetParameterName, fleetScheduleGroup, parameterNames } from '../../lambdas/shared/names.ts';
import { DEFAULT_SECRET_PREFIX } from '../config/schema.ts';
import { viaService } from '../key-conditions.ts';
import { suppressNagForWildcards } from '../nag-suppressions.ts';
import { createSchedulerRole } from '../scheduler-role.ts';
import { FleetAlarms } from './fleet-alarms.ts';
import { FleetMonitor } from './fleet-monitor.ts';

/** A refresher that takes credentials without a deployment: `tokens add`, `tokens remove`. */
export interface FleetOptions {
  /**
   * The refresher may read secrets whose names begin with it; ends with "/".
   *
   * @default 'broker-tokens/'
   */
  readonly secretPrefix?: string;
}

export interface FleetProps extends FleetOptions {
  readonly parameterPrefix: string;
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  /** @default - that of their broker and market */
  readonly renewBefore?: Duration;
  readonly responseTime: Duration;
  readonly egress: 'public' | 'fixed';
  readonly inbox: IQueue;
  readonly tokenKey: Key;
  readonly topic: ITopic;
  /** The refresher's. */
  readonly role: Role;
  /** The stack's own schedules: the fleet monitor is one of them. */
  readonly scheduleGroup: ScheduleGroup;
  readonly schedulerRole: Role;
  /** Deletes the parameters of added credentials when the fleet goes. */
  readonly cleanUp: (scope: Construct) => CustomResource;
  readonly fleetMonitorCode?: Code;
}

/** Everything that credentials need which nobody knows of at synth. */
export class Fleet extends Construct {
  /** A group of its own: with it all schedules of added credentials go. */
  readonly scheduleGroup: ScheduleGroup;
  readonly alarms: FleetAlarms;

  constructor(scope: Construct, id: string, props: FleetProps) {
    super(scope, id);
    const { parameterPrefix, namePrefix, checkEvery, inbox, role } = props;
    const secretPrefix = props.secretPrefix ?? DEFAULT_SECRET_PREFIX;

    const created = props.cleanUp(this);
    role.node.addDependency(created);
    this.scheduleGroup = new ScheduleGroup(this, 'Schedules', {
      scheduleGroupName: fleetScheduleGroup(namePrefix),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Created after, and so deleted before: then nothing looks at the credentials any more.
    this.scheduleGroup.node.addDependency(created);
    const schedulerRole = createSchedulerRole(this, 'SchedulerRole', this.scheduleGroup, {
      description: 'Puts ticks of added credentials into the inbox of the token refresher',
    });
    inbox.grantSendMessages(schedulerRole);
    this.#allowAll(role, props.tokenKey, parameterPrefix, secretPrefix);

    const fleetMonitor = new FleetMonitor(this, 'Monitor', {
      parameterPrefix,
      checkEvery,
      scheduleGroup: props.scheduleGroup,
      schedulerRole: props.schedulerRole,
      watched: fleetScheduleGroup(namePrefix),
      ...(props.fleetMonitorCode && { code: props.fleetMonitorCode }),
    });
    this.alarms = new FleetAlarms(this, 'Alarms', {
      parameterPrefix,
      namePrefix,
      checkEvery,
      logGroup: fleetMonitor.logGroup,
      scheduleGroup: this.scheduleGroup,
      topic: props.topic,
    });
    const settings = new StringParameter(this, 'Settings', {
      parameterName: fleetParameterName(parameterPrefix),
      description: 'What `tokens add` has to know of this stack',
      tier: ParameterTier.STANDARD,
      stringValue: formatFleet({
        version: 1,
        secretPrefix,
        scheduleGroup: fleetScheduleGroup(namePrefix),
        schedulerRoleArn: schedulerRole.roleArn,
        inboxArn: inbox.queueArn,
        checkEverySeconds: checkEvery.toSeconds(),
        renewBeforeSeconds: props.renewBefore?.toSeconds(),
        responseTimeSeconds: props.responseTime.toSeconds(),
        egress: props.egress,
      }),
    });
    // Nobody is told that credentials are taken before they are.
    settings.node.addDependency(role, schedulerRole, this.scheduleGroup);
  }

  /** What the function may do with one credential, for all there may be: patterns of the same names. */
  #allowAll(role: IGrantable & Construct, key: Key, parameterPrefix: string, secretPrefix: string): void {
    const stack = Stack.of(this);
    const arn = (name: string) =>
      stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
    const { token, state, config } = parameterNames(parameterPrefix, '*');
    const [tokens, states, configs] = [arn(token), arn(state), arn(config)];
    const secrets = stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${secretPrefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const allow = (actions: string[], resources: string[], conditions = {}) =>
      role.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources, conditions }));
    allow(['ssm:GetParameters'], [configs, states, tokens]);
    allow(['ssm:GetParameter'], [tokens]);
    allow(['ssm:PutParameter', 'ssm:AddTagsToResource'], [tokens, states]);
    allow(['kms:Encrypt', 'kms:Decrypt'], [key.keyArn], {
      ...viaService(this, 'ssm'),
      StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': tokens },
    });
    allow(['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], [secrets]);
    suppressNagForWildcards(
      role,
      [configs, states, tokens, secrets],
      'Nobody knows the names of added credentials at synth, and only their three parameters and secrets below the two prefixes match',
    );
  }
}
