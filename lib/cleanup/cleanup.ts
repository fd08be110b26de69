import { CustomResource, Duration } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { CleanupProperties } from '../../lambdas/shared/cleanup-properties.ts';
import { fleetMonitorParameterName, parameterNames } from '../../lambdas/shared/names.ts';
import { BundledFunction } from '../bundled-function.ts';
import type { ParsedRefresherProps } from '../config/props-schema.ts';
import { suppressNagForWildcards } from '../nag-suppressions.ts';
import { listParametersStatement, parameterArn, parameterArns } from '../parameters.ts';
import { shortDigest } from '../short-digest.ts';

/**
 * Deletes the parameters of a credential when the credential or the stack is deleted. The refresher created
 * these parameters, so CloudFormation does not know them. This is a separate function, because the refresher
 * must have no permission to delete anything. `AwsCustomResource` and the `Provider` framework would each add
 * a function with a managed policy and a log without an expiry.
 */
export class Cleanup extends BundledFunction {
  readonly #settings: ParsedRefresherProps;

  /**
   * Each parameter prefix has its own function and resources. When the prefix changes, CloudFormation deletes
   * the old parameters at the end of the update, and needs the old function and its permissions for this
   * deletion.
   * @internal
   */
  constructor(scope: Construct, settings: ParsedRefresherProps) {
    super(scope, `Cleanup${shortDigest(settings.parameterPrefix)}`, {
      asset: 'cleanup',
      assets: settings.assets,
      description: 'Deletes the parameters of removed broker credentials, for CloudFormation',
      roleDescription: 'Deletes the parameters of removed broker credentials',
      timeout: Duration.minutes(15),
      nagReasons: {
        'Serverless-LambdaDLQ':
          'CloudFormation waits for its answer: a failure appears as a failed stack, with the reason',
        'Serverless-LambdaTracing': 'The function makes one call, and only when a credential is removed',
      },
    });
    this.#settings = settings;
    // The policy contains name patterns instead of names. CloudFormation updates the policy before it deletes
    // the parameters of a removed credential, so a list of names would no longer contain these parameters.
    const { token, state } = parameterArns(this, settings.parameterPrefix, '*');
    const resources = [token, state];
    this.addPermissions(['ssm:DeleteParameters'], resources);
    suppressNagForWildcards(
      this.role,
      resources,
      'The policy must match the parameters of a removed credential until they are deleted; only token and state parameters below the prefix match',
    );
  }

  /**
   * Creates the custom resource that deletes the parameters and report topics of all fleet credentials. The
   * permissions are in a separate policy, so that CloudFormation deletes them after the custom resource.
   */
  addFleet(scope: Construct, reportTopicArnPattern: string): CustomResource {
    const { parameterPrefix } = this.#settings;
    const policy = new Policy(scope, 'CleanupRights', { roles: [this.role] });
    const { config: configArnPattern } = parameterArns(scope, parameterPrefix, '*');
    const monitorParameterName = fleetMonitorParameterName(parameterPrefix);
    const resources = [configArnPattern, parameterArn(scope, monitorParameterName)];
    policy.addStatements(
      new PolicyStatement({ actions: ['ssm:DeleteParameters'], resources }),
      listParametersStatement(policy, parameterPrefix),
      new PolicyStatement({ actions: ['sns:DeleteTopic'], resources: [reportTopicArnPattern] }),
    );
    suppressNagForWildcards(
      policy,
      [configArnPattern, reportTopicArnPattern],
      'The names of fleet credentials are unknown at synth',
    );
    const resource = this.#addResource(scope, 'AddedParameters', {
      Parameters: [monitorParameterName],
      FleetPrefix: parameterPrefix,
      ReportTopics: reportTopicArnPattern,
    });
    resource.node.addDependency(policy);
    return resource;
  }

  /**
   * Creates the custom resource that deletes the token and state parameters of one credential. Every resource
   * that may write these parameters must depend on the custom resource, so that CloudFormation deletes the
   * writers first.
   */
  addCredential(scope: Construct, credential: string): CustomResource {
    const { token, state } = parameterNames(this.#settings.parameterPrefix, credential);
    return this.#addResource(scope, 'CreatedParameters', { Parameters: [token, state] });
  }

  #addResource(scope: Construct, id: string, properties: Omit<CleanupProperties, 'Keep'>): CustomResource {
    const { parameterPrefix, keepParameters } = this.#settings;
    const all: CleanupProperties = { ...properties, Keep: keepParameters ? 'true' : 'false' };
    return new CustomResource(scope, `${id}${shortDigest(parameterPrefix)}`, {
      serviceToken: this.function.functionArn,
      resourceType: 'Custom::BrokerTokenParameters',
      properties: all,
      // The time that CloudFormation waits for the function. An hour is long enough for three invocations,
      // which can delete a large fleet.
      serviceTimeout: Duration.minutes(properties.FleetPrefix === undefined ? 10 : 60),
    });
  }
}
