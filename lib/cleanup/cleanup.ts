import { createHash } from 'node:crypto';
import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { CleanupProperties } from '../../lambdas/shared/cleanup-properties.ts';
import { parameterNames } from '../../lambdas/shared/names.ts';
import { bundledCode } from '../bundled-code.ts';
import { listPolicy } from '../list-policy.ts';
import { suppressNag, suppressNagForWildcards } from '../nag-suppressions.ts';

export interface CleanupProps {
  readonly parameterPrefix: string;
  /** The parameters stay when their credential, or the stack, goes. */
  readonly keep: boolean;

  /** @default - `dist/cleanup` of this project, as `npm run bundle` writes it */
  readonly code?: Code;
}

const RESOURCE_TYPE = 'Custom::BrokerTokenParameters';

/**
 * Deletes the parameters that the refresher created, which CloudFormation knows nothing of, when their
 * credential is removed or the stack is destroyed.
 *
 * An own function rather than `AwsCustomResource` or the `Provider` framework: those bring a function
 * of CDK's with a managed policy, a log that is kept for ever, and for one SDK call a second room in
 * which events pass; and rather than the refresher, which must not be able to delete anything.
 */
export class Cleanup extends Construct {
  readonly #function: LambdaFunction;
  readonly #role: Role;
  readonly #props: CleanupProps;

  constructor(scope: Construct, props: CleanupProps) {
    super(scope, `Cleanup${digest(props.parameterPrefix)}`);
    this.#props = props;

    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Deletes the parameters of removed broker credentials',
    });
    this.#role = role;
    logGroup.grantWrite(role);
    // By pattern, not by name: when a credential is removed its names would leave this policy before
    // CloudFormation asks to delete them (updates first, removals last), and that would be refused.
    const resources = createdNames(props.parameterPrefix, '*').map((name) =>
      Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) }),
    );
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['ssm:DeleteParameters'], resources }));
    suppressNagForWildcards(
      role,
      resources,
      'The names of a removed credential must stay allowed until its removal is done, and only token and state parameters below the prefix match',
    );
    this.#function = new LambdaFunction(this, 'Function', {
      description: 'Deletes the parameters of removed broker credentials, for CloudFormation',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code ?? bundledCode('cleanup'),
      role,
      timeout: Duration.minutes(15),
      memorySize: 256,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
    suppressNag(this.#function, {
      'Serverless-LambdaDLQ':
        'Its only caller waits for an answer: a failure shows as a failed stack, with the reason',
      'Serverless-LambdaTracing': 'It makes one call, and only when a credential is removed',
    });
  }

  /**
   * What stands for the parameters of all credentials that were added without a deployment. Its rights are a policy of its
   * own that it depends on: when the fleet is taken out of a configuration, they go after it.
   */
  addFleet(scope: Construct): CustomResource {
    const { parameterPrefix, keep } = this.#props;
    const rights = new Policy(scope, 'CleanupRights', { roles: [this.#role] });
    const arn = (name: string) =>
      Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
    const configs = arn(parameterNames(parameterPrefix, '*').config);
    rights.addStatements(
      new PolicyStatement({ actions: ['ssm:DeleteParameters'], resources: [configs] }),
      listPolicy(rights, parameterPrefix),
    );
    suppressNagForWildcards(rights, [configs], 'Nobody knows the names of added credentials at synth');
    const resource = this.#resource(scope, 'AddedParameters', {
      Parameters: [],
      Keep: keep ? 'true' : 'false',
      AddedUnder: parameterPrefix,
    });
    resource.node.addDependency(rights);
    return resource;
  }

  /**
   * What stands for the created parameters of one credential: whatever may write them has to depend on
   * it, so that it is gone when they are deleted.
   */
  addCredential(scope: Construct, credential: string): CustomResource {
    const { parameterPrefix, keep } = this.#props;
    return this.#resource(scope, 'CreatedParameters', {
      Parameters: createdNames(parameterPrefix, credential),
      Keep: keep ? 'true' : 'false',
    });
  }

  #resource(scope: Construct, id: string, properties: CleanupProperties): CustomResource {
    return new CustomResource(scope, `${id}${digest(this.#props.parameterPrefix)}`, {
      serviceToken: this.#function.functionArn,
      resourceType: RESOURCE_TYPE,
      properties,
      // Without it a stack waits an hour for an answer that got lost.
      serviceTimeout: Duration.minutes(10),
    });
  }
}

/**
 * Part of the ids, so that each prefix has a function and resources of its own: when it changes,
 * CloudFormation asks to delete the old names at the end of the update, and whoever is asked must
 * still be there and allowed to.
 */
function digest(parameterPrefix: string): string {
  return createHash('sha256').update(parameterPrefix).digest('hex').slice(0, 8);
}

/** Names of the parameters that the refresher creates by itself. */
function createdNames(parameterPrefix: string, credential: string): string[] {
  const { token, state } = parameterNames(parameterPrefix, credential);
  return [token, state];
}
