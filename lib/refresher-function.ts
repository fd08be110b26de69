import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENVIRONMENT, METRICS } from '../lambdas/shared/names.ts';
import { bundledCode } from './bundled-code.ts';
import { forTokens } from './key-conditions.ts';
import { suppressNag } from './nag-suppressions.ts';
import type { EgressNetwork } from './network/egress.ts';
import { allowEni, denyEniTo } from './network/eni-policy.ts';

export interface RefresherFunctionProps {
  readonly parameterPrefix: string;
  readonly tokenKeyArn: string;
  readonly timeout: Duration;

  /**
   * The bundle, with `index.js` that exports `handler`.
   *
   * @default - `dist/lambda` of this project, as `npm run bundle` writes it
   */
  readonly code?: Code;

  /** @default - outside of any VPC */
  readonly network?: EgressNetwork;

  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
}

const TOKENS_PER_STATEMENT = 12;

/** The function, its role and its log group. What it may do with a credential is granted by the credential. */
export class RefresherFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  #tokens: string[] = [];
  #keyUse: PolicyStatement | undefined;

  constructor(scope: Construct, id: string, props: RefresherFunctionProps) {
    super(scope, id);

    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    // An own role, because the managed policy that CDK would attach allows writing to every log group.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Refreshes broker tokens: reads app keys, writes token parameters',
    });
    this.logGroup.grantWrite(this.role);

    if (props.network) allowEni(this.role);

    this.function = new LambdaFunction(this, 'Function', {
      description: 'Keeps a live token of each broker credential in SSM Parameter Store',
      // Pinned: a feature flag would move the runtime by itself.
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code ?? bundledCode('lambda'),
      role: this.role,
      timeout: props.timeout,
      // Memory brings CPU: with 128 MB the start of the SDK takes twice as long and costs the same.
      memorySize: 256,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        [ENVIRONMENT.parameterPrefix]: props.parameterPrefix,
        [ENVIRONMENT.tokenKeyArn]: props.tokenKeyArn,
        // The alarms name this dimension. Source: Powertools for AWS Lambda (TypeScript), "Metrics".
        POWERTOOLS_SERVICE_NAME: METRICS.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
      },
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: props.network.vpcSubnets,
        securityGroups: [props.network.securityGroup],
      }),
      // No reserved concurrency: a new account cannot deploy even 1. The inbox keeps writers apart.
    });
    if (props.network) denyEniTo(this.function, this.role);
    suppressNag(this.function, {
      'Serverless-LambdaDLQ': 'Only its queue calls it, and the queue has dead letters',
      'Serverless-LambdaEventSourceMappingDestination':
        'Such destinations are for streams and Kafka; a queue has dead letters of its own. Source: CloudFormation Template Reference, AWS::Lambda::EventSourceMapping OnFailure',
      'Serverless-LambdaTracing':
        'Every decision and attempt is a line of its log already; tracing would add a permission on all resources',
    });
  }

  /** Lets the function take messages, one by one: a failed one fails alone. */
  consume(queue: IQueue): void {
    this.function.addEventSource(new SqsEventSource(queue, { batchSize: 1, reportBatchItemFailures: true }));
  }

  /** Adds to what the function may do. */
  allow(statement: PolicyStatement): void {
    this.role.addToPrincipalPolicy(statement);
  }

  /**
   * Lets the function encrypt and decrypt one more token. Several share a statement, or the policies of
   * a role would be full with 40 credentials (10 managed policies of 6,144 characters).
   */
  allowKey(keyArn: string, tokenArn: string): void {
    if (this.#tokens.length === 0) {
      this.#keyUse = new PolicyStatement({ actions: ['kms:Encrypt', 'kms:Decrypt'], resources: [keyArn] });
      this.allow(this.#keyUse);
    }
    this.#tokens.push(tokenArn);
    this.#keyUse?.addConditions(forTokens(this, ...this.#tokens));
    if (this.#tokens.length === TOKENS_PER_STATEMENT) this.#tokens = [];
  }
}
