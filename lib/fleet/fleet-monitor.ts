import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  type IScheduleGroup,
  type IScheduleTarget,
  Schedule,
  ScheduleExpression,
} from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { ENVIRONMENT, METRICS } from '../../lambdas/shared/names.ts';
import { bundledCode } from '../bundled-code.ts';
import { listPolicy } from '../list-policy.ts';
import { suppressNag, suppressNagForWildcards } from '../nag-suppressions.ts';

export interface FleetMonitorProps {
  readonly parameterPrefix: string;
  readonly checkEvery: Duration;
  readonly scheduleGroup: IScheduleGroup;
  /** Name of the group with the schedules of added credentials. */
  readonly watched: string;
  /** Starts the schedule. */
  readonly schedulerRole: Role;

  /** @default - `dist/fleet-monitor` of this project, as `npm run bundle` writes it */
  readonly code?: Code;
}

/**
 * The function that reports how all added credentials stand, at the check interval. A function of its own, which neither
 * the inbox nor the refresher can keep from reporting; it may read schedules, strings and encrypted texts, and decrypt nothing.
 */
export class FleetMonitor extends Construct {
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: FleetMonitorProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Reads how the added broker credentials stand',
    });
    this.logGroup.grantWrite(role);
    role.addToPrincipalPolicy(listPolicy(role, props.parameterPrefix));
    const schedules = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${props.watched}/*`,
    });
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['scheduler:GetSchedule'], resources: [schedules] }),
    );
    suppressNagForWildcards(role, [schedules], 'Nobody knows the names of added credentials at synth');
    const code = new LambdaFunction(this, 'Function', {
      description: 'Reports how the added broker credentials stand',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code ?? bundledCode('fleet-monitor'),
      role,
      // Ten parameters a call, and rather slow than refused: thousands of credentials take a minute.
      timeout: Duration.minutes(5),
      memorySize: 256,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        [ENVIRONMENT.parameterPrefix]: props.parameterPrefix,
        [ENVIRONMENT.scheduleGroup]: props.watched,
        POWERTOOLS_SERVICE_NAME: METRICS.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
      },
    });
    suppressNag(code, {
      'Serverless-LambdaDLQ':
        'A run of the fleet monitor that failed is worth nothing: the next one comes, and silence raises an alarm',
      'Serverless-LambdaTracing':
        'It reads parameters and writes one line; tracing would add a permission on all resources',
    });
    // Not the target of CDK: its grant goes to all versions of the function as well, and there are none.
    const { schedulerRole } = props;
    schedulerRole.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [code.functionArn] }),
    );
    const target: IScheduleTarget = {
      bind: () => ({
        arn: code.functionArn,
        role: schedulerRole,
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      }),
    };
    new Schedule(this, 'Schedule', {
      // No credential can be called so: their ids have no capitals.
      scheduleName: 'FleetMonitor',
      scheduleGroup: props.scheduleGroup,
      description: 'Has the added broker credentials looked over',
      schedule: ScheduleExpression.rate(props.checkEvery),
      target,
    }).node.addDependency(schedulerRole);
  }
}
