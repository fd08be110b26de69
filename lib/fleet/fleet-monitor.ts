import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IScheduleTarget, Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import {
  ENVIRONMENT,
  fleetMonitorParameterName,
  fleetScheduleGroup,
  METRICS,
} from '../../lambdas/shared/names.ts';
import { BundledFunction, type FunctionAssets } from '../bundled-function.ts';
import { viaServiceCondition } from '../key.ts';
import { suppressNagForWildcards } from '../nag-suppressions.ts';
import { listParametersStatement, parameterArn } from '../parameters.ts';
import type { RefresherParts } from '../refresher-parts.ts';
import { scheduleConstructId } from '../schedules.ts';

/**
 * The function that reports the health of all fleet credentials at the check interval, and sends a
 * notification for each change of the health. The function does not depend on the inbox or the refresher. The
 * function reads schedules and parameters, but cannot decrypt a token.
 */
export class FleetMonitor extends BundledFunction {
  constructor(scope: Construct, parts: RefresherParts, assets: FunctionAssets | undefined) {
    const { parameterPrefix, namePrefix, alarmTopic } = parts;
    super(scope, 'Monitor', {
      asset: 'fleetMonitor',
      assets,
      description: 'Reports the health of the fleet credentials',
      roleDescription: 'Reads the states and schedules of the fleet credentials',
      // The function reads ten parameters per call, and pauses between calls to avoid throttling. A check of
      // thousands of credentials takes about a minute.
      timeout: Duration.minutes(5),
      environment: {
        [ENVIRONMENT.parameterPrefix]: parameterPrefix,
        [ENVIRONMENT.scheduleGroup]: fleetScheduleGroup(namePrefix),
        [ENVIRONMENT.namePrefix]: namePrefix,
        [ENVIRONMENT.alarmTopicArn]: alarmTopic.topicArn,
        POWERTOOLS_SERVICE_NAME: METRICS.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
      },
      nagReasons: {
        'Serverless-LambdaDLQ':
          'A failed run needs no retry: the next run follows, and missing runs raise an alarm',
        'Serverless-LambdaTracing':
          'The function reads parameters and logs one line; tracing would add a permission on all resources',
      },
    });
    const scheduleArnPattern = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${fleetScheduleGroup(namePrefix)}/*`,
    });
    this.role.addToPrincipalPolicy(listParametersStatement(this.role, parameterPrefix));
    this.addPermissions(['scheduler:GetSchedule'], [scheduleArnPattern]);
    const monitorParameterArn = parameterArn(this, fleetMonitorParameterName(parameterPrefix));
    this.addPermissions(['ssm:GetParameter', 'ssm:PutParameter'], [monitorParameterArn]);
    // `grantPublish` is not used, because it would grant the use of the topic's key without a condition, and
    // the function could then decrypt tokens.
    this.addPermissions(['sns:Publish'], [alarmTopic.topicArn]);
    this.addPermissions(
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      [parts.tokenKey.keyArn],
      viaServiceCondition(this, 'sns'),
    );
    suppressNagForWildcards(
      this.role,
      [scheduleArnPattern],
      'The names of fleet credentials are unknown at synth',
    );
    this.#schedule(parts);
  }

  #schedule({ checkEvery, scheduleGroup, schedulerRole: role, namePrefix }: RefresherParts): void {
    const arn = this.function.functionArn;
    // The target class of the CDK is not used, because it would also grant the invocation of function
    // versions.
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [arn] }));
    const retryPolicy = { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 };
    const target: IScheduleTarget = { bind: () => ({ arn, role, retryPolicy }) };
    const schedule = new Schedule(this, scheduleConstructId(namePrefix), {
      // A credential id contains no capital letters, so the schedule of a credential cannot have this name.
      scheduleName: 'FleetMonitor',
      scheduleGroup,
      description: 'Checks all fleet credentials',
      schedule: ScheduleExpression.rate(checkEvery),
      target,
    });
    schedule.node.addDependency(role);
  }
}
