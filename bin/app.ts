import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';
import { parseBrokerTokens } from '../lib/config/config.ts';
import { BrokerTokensStack } from '../lib/stack.ts';

/** The CDK app, which the CDK CLI runs. The app contains one stack for the configuration in `cdk.json`. */
const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));

try {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  new BrokerTokensStack(app, 'BrokerTokens', {
    config: parseBrokerTokens(app.node.tryGetContext('brokerTokens')),
    // Without AWS credentials, the CDK CLI sets neither variable. The stack can then be deployed to any
    // account and region.
    ...(account && region && { env: { account, region } }),
  });
  app.synth();
} catch (error) {
  // The app prints a configuration error without its stack trace.
  if (!(error instanceof BrokerTokensError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
