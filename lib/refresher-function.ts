import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { ENVIRONMENT, METRICS, type ParameterNames } from '../lambdas/shared/names.ts';
import { BundledFunction } from './bundled-function.ts';
import type { ParsedRefresherProps } from './config/props-schema.ts';
import type { Inbox } from './inbox.ts';
import { tokenParametersCondition } from './key.ts';
import { type EgressNetwork, joinNetwork } from './network/egress.ts';

const TOKENS_PER_STATEMENT = 12;

/** The Lambda function of the refresher. Each credential adds the permissions on its own resources. */
export class RefresherFunction extends BundledFunction {
  readonly #tokenKeyArn: string;
  #tokens: string[] = [];
  #keyUse: PolicyStatement | undefined;

  /** @internal */
  constructor(
    scope: Construct,
    settings: ParsedRefresherProps,
    { keyArn }: Key,
    { queue, functionTimeout: timeout }: Inbox,
    network: EgressNetwork | undefined,
  ) {
    super(scope, 'Refresher', {
      asset: 'refresher',
      assets: settings.assets,
      description: 'Keeps a live token of each broker credential in SSM Parameter Store',
      roleDescription: 'Refreshes broker tokens: reads app keys, writes token parameters',
      logRetention: settings.logRetention,
      timeout,
      environment: {
        [ENVIRONMENT.parameterPrefix]: settings.parameterPrefix,
        [ENVIRONMENT.tokenKeyArn]: keyArn,
        [ENVIRONMENT.namePrefix]: settings.namePrefix,
        // The alarms use the dimension that this variable sets. Source: Powertools for AWS Lambda
        // (TypeScript), "Metrics".
        POWERTOOLS_SERVICE_NAME: METRICS.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
      },
      ...network?.placement,
      nagReasons: {
        'Serverless-LambdaDLQ': 'Only the inbox invokes the function, and the inbox has a dead-letter queue',
        'Serverless-LambdaEventSourceMappingDestination':
          'Failure destinations are for streams and Kafka; the inbox has a dead-letter queue. Source: CloudFormation Template Reference, AWS::Lambda::EventSourceMapping OnFailure',
        'Serverless-LambdaTracing':
          'The log has a line for each decision and attempt; tracing would add a permission on all resources',
      },
      // The function has no reserved concurrency, because a new AWS account cannot reserve concurrency. The
      // message groups of the inbox prevent concurrent writers.
    });
    this.#tokenKeyArn = keyArn;
    if (network) joinNetwork(this.function, this.role, network);
    // `SqsEventSource` would derive the construct id from the path of the queue, so `formerPath` could not
    // keep the logical id.
    this.function.addEventSourceMapping('Inbox', {
      eventSourceArn: queue.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
    });
    queue.grantConsumeMessages(this.function);
  }

  /** Allows access to the parameters of a credential, by ARNs or ARN patterns. */
  allowParameters({ config, state, token }: ParameterNames): void {
    // Each tick reads all three parameters in one call. This call does not decrypt the token, because the
    // tick needs only the version of the token parameter.
    this.addPermissions(['ssm:GetParameters'], [config, state, token]);
    // The function decrypts the token only to verify, revoke or restore it. The permission covers all
    // versions of the parameter, because all versions have the same ARN.
    this.addPermissions(['ssm:GetParameter'], [token]);
    this.addPermissions(['ssm:PutParameter', 'ssm:AddTagsToResource'], [token, state]);
  }

  /** Allows the function to read a secret; DescribeSecret returns the current version without the value. */
  allowSecret(arn: string): void {
    this.addPermissions(['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], [arn]);
  }

  /**
   * Allows the function to encrypt and decrypt one more token. With one statement per token, 40 credentials
   * would fill the ten managed policies of 6,144 characters each that a role may have.
   */
  allowToken(tokenArn: string): void {
    if (this.#tokens.length === 0) {
      this.#keyUse = new PolicyStatement({
        actions: ['kms:Encrypt', 'kms:Decrypt'],
        resources: [this.#tokenKeyArn],
      });
      this.role.addToPrincipalPolicy(this.#keyUse);
    }
    this.#tokens.push(tokenArn);
    this.#keyUse?.addConditions(tokenParametersCondition(this, [...this.#tokens]));
    if (this.#tokens.length === TOKENS_PER_STATEMENT) this.#tokens = [];
  }
}
