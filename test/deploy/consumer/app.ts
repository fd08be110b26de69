import { App, CfnOutput, Duration } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { BrokerTokensStack } from '../../../lib/stack.ts';

/** The stack with a consumer in it, as an owner would add one. */
const app = new App();
const stack = new BrokerTokensStack(app, 'BrokerTokens', {
  config: parseBrokerTokens(app.node.tryGetContext('brokerTokens')),
  env: { account: process.env['CDK_DEFAULT_ACCOUNT'] ?? '', region: process.env['CDK_DEFAULT_REGION'] ?? '' },
});
const consumer = new LambdaFunction(stack, 'Consumer', {
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  handler: 'index.handler',
  code: Code.fromAsset(process.env['CONSUMER_CODE'] ?? ''),
  timeout: Duration.seconds(30),
  environment: { BROKER: process.env['CONSUMER_BROKER'] ?? '' },
});
for (const credential of stack.refresher.credentials) credential.bindReader(consumer);
new CfnOutput(stack, 'ConsumerName', { value: consumer.functionName });
app.synth();
