import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { parseBrokerTokens } from '../../lib/config/config.ts';
import { BrokerTokensStack } from '../../lib/stack.ts';
import {
  CREDENTIAL_IDS,
  CREDENTIALS,
  type CredentialId,
  INVALIDATIONS_VARIABLE,
  RUN_TAG,
  type Run,
  secretName,
} from './settings.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface TestAppOptions {
  readonly run: Run;
  readonly account: string;
  readonly region: string;
  /** The directories with the bundles of the test's functions. */
  readonly code: { readonly refresher: string; readonly consumer: string };
  /**
   * The permissions that an emulator wrongly requires. The roles of all functions also receive these
   * permissions.
   */
  readonly emulatorPermissions: readonly PolicyStatementProps[];
  readonly outdir: string;
}

/** Returns the configuration of the temporary stack, as an operator would write it. */
function configOf(run: Run): object {
  const secrets = (id: CredentialId) => (id === 'created' ? { create: true } : { name: secretName(run, id) });
  const credentials = CREDENTIAL_IDS.map((id) => {
    return { id, broker: CREDENTIALS[id].broker, market: 'paper', secret: secrets(id) };
  });
  return { parameterPrefix: run.parameterPrefix, checkEvery: '1m', credentials };
}

/**
 * Creates the CDK app of the test: the stack of the project, whose function contains the test brokers, and a
 * stack with a consumer.
 */
export function createTestApp(options: TestAppOptions): App {
  const { run, account, region, code, outdir } = options;
  const cdkJson = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
    readonly context: Record<string, unknown>;
  };
  const app = new App({ context: cdkJson.context, outdir, analyticsReporting: false });
  const stack = new BrokerTokensStack(app, run.stack, {
    config: parseBrokerTokens(configOf(run)),
    assets: { refresher: Code.fromAsset(code.refresher) },
    env: { account, region },
  });
  const { refresher } = stack;
  for (const { appkey } of Object.values(CREDENTIALS))
    new StringParameter(stack, `Invalidation-${appkey}`, {
      parameterName: `${run.invalidations}/${appkey}`,
      stringValue: '0',
    });
  useTestBrokers(refresher.function, options);
  addEmulatorPermissions(stack, options);
  new CfnOutput(stack, 'DeadLettersUrl', { value: refresher.deadLetters.queueUrl });
  addConsumerStack(app, stack, options);
  Tags.of(app).add(RUN_TAG, run.id);
  return app;
}

/** Adds a stack with a consumer of one credential, and a queue that receives the alarm notifications. */
function addConsumerStack(app: App, { refresher }: BrokerTokensStack, options: TestAppOptions): void {
  const stack = new Stack(app, options.run.consumerStack, {
    env: { account: options.account, region: options.region },
    description: 'A consumer of the test stack',
  });
  const consumer = new LambdaFunction(stack, 'Consumer', {
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(options.code.consumer),
    timeout: Duration.seconds(30),
    memorySize: 256,
    logGroup: new LogGroup(stack, 'Logs', {
      retention: RetentionDays.ONE_DAY,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  });
  const [kis, kiwoom] = ['kis', 'kiwoom'].map((id) =>
    refresher.credentials.find(({ credentialId }) => credentialId === id),
  );
  kiwoom?.bindReader(consumer);
  // The consumer may read the token parameter of `kis`, but the key policy denies the decryption because of
  // the encryption context.
  consumer.addToRolePolicy(
    new PolicyStatement({ actions: ['ssm:GetParameter'], resources: [kis?.tokenParameterArn ?? ''] }),
  );
  useTestBrokers(consumer, options);
  addEmulatorPermissions(stack, options);
  const operatorQueue = new Queue(stack, 'Operator', { enforceSSL: true });
  refresher.alarmTopic.addSubscription(new SqsSubscription(operatorQueue));
  new CfnOutput(stack, 'ConsumerName', { value: consumer.functionName });
  new CfnOutput(stack, 'OperatorUrl', { value: operatorQueue.queueUrl });
}

function addEmulatorPermissions(stack: Stack, { emulatorPermissions }: TestAppOptions): void {
  const functions = stack.node.findAll().filter((each) => each instanceof LambdaFunction);
  for (const each of functions)
    for (const permission of emulatorPermissions) each.addToRolePolicy(new PolicyStatement(permission));
}

function useTestBrokers(host: LambdaFunction, { run }: TestAppOptions): void {
  host.addEnvironment(INVALIDATIONS_VARIABLE, run.invalidations);
  const invalidationsArn = Stack.of(host).formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: `${run.invalidations.slice(1)}/*`,
  });
  host.addToRolePolicy(
    new PolicyStatement({ actions: ['ssm:GetParameter', 'ssm:PutParameter'], resources: [invalidationsArn] }),
  );
}
