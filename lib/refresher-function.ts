import type { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ENVIRONMENT, METRICS, type ParameterNames } from '../lambdas/shared/names.ts';
import { BundledFunction, type FunctionAssets } from './bundled-function.ts';
import { forTokens } from './key.ts';
import type { EgressNetwork } from './network/egress.ts';
import { joinNetwork } from './network/eni-policy.ts';

export interface RefresherFunctionProps {
  readonly parameterPrefix: string;
  readonly namePrefix: string;
  readonly tokenKeyArn: string;
  readonly inbox: IQueue;
  readonly timeout: Duration;
  readonly assets?: FunctionAssets | undefined;
  /** Absent: outside of any VPC. */
  readonly network: EgressNetwork | undefined;
  readonly logRetention?: RetentionDays | undefined;
}

const TOKENS_PER_STATEMENT = 12;

/** The refresher. Each credential grants it the permissions on its own resources. */
export class RefresherFunction extends BundledFunction {
  readonly #tokenKeyArn: string;
  #tokens: string[] = [];
  #keyUse: PolicyStatement | undefined;

  constructor(scope: Construct, id: string, props: RefresherFunctionProps) {
    super(scope, id, {
      asset: 'refresher',
      assets: props.assets,
      description: 'Keeps a live token of each broker credential in SSM Parameter Store',
      roleDescription: 'Refreshes broker tokens: reads app keys, writes token parameters',
      logRetention: props.logRetention,
      timeout: props.timeout,
      environment: {
        [ENVIRONMENT.parameterPrefix]: props.parameterPrefix,
        [ENVIRONMENT.tokenKeyArn]: props.tokenKeyArn,
        [ENVIRONMENT.stackName]: props.namePrefix,
        // The alarms read this dimension. Source: Powertools for AWS Lambda (TypeScript), "Metrics".
        POWERTOOLS_SERVICE_NAME: METRICS.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
      },
      ...props.network?.placement,
      nagReasons: {
        'Serverless-LambdaDLQ': 'Only the inbox invokes the function, and the inbox has a dead-letter queue',
        'Serverless-LambdaEventSourceMappingDestination':
          'Such destinations are for streams and Kafka; the queue has a dead-letter queue. Source: CloudFormation Template Reference, AWS::Lambda::EventSourceMapping OnFailure',
        'Serverless-LambdaTracing':
          'The log has a line for each decision and attempt; tracing would add a permission on all resources',
      },
      // No reserved concurrency: a new account cannot deploy even 1. The message group keeps writers apart.
    });
    this.#tokenKeyArn = props.tokenKeyArn;
    joinNetwork(this.function, this.role, props.network);
    // `SqsEventSource` would derive the id from the path of the queue, and `formerPath` could not keep it.
    this.function.addEventSourceMapping('Inbox', {
      eventSourceArn: props.inbox.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
    });
    props.inbox.grantConsumeMessages(this.function);
  }

  /** Allows reading the parameters, and writing the two that the function creates; ARNs or patterns of them. */
  allowParameters({ config, state, token }: ParameterNames): void {
    // Each tick reads all three in one call, the token without decryption: its version suffices.
    this.allow(['ssm:GetParameters'], [config, state, token]);
    // Decryption is only for verifying, revoking or restoring the token. Its versions have the same ARN.
    this.allow(['ssm:GetParameter'], [token]);
    this.allow(['ssm:PutParameter', 'ssm:AddTagsToResource'], [token, state]);
  }

  /** Allows reading a secret; DescribeSecret returns the current version without the value. */
  allowSecret(arn: string): void {
    this.allow(['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], [arn]);
  }

  /**
   * Allows the function to encrypt and decrypt one more token. Several tokens share a statement: the ten managed
   * policies of 6,144 characters that a role may have would otherwise be full with 40 credentials.
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
    this.#keyUse?.addConditions(forTokens(this, ...this.#tokens));
    if (this.#tokens.length === TOKENS_PER_STATEMENT) this.#tokens = [];
  }
}
