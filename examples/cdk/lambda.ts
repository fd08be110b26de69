import { Duration } from 'aws-cdk-lib';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { BrokerCredential } from 'broker-token-refresher';
import type { Construct } from 'constructs';

export function addTradingFunction(scope: Construct, credential: BrokerCredential): NodejsFunction {
  const trader = new NodejsFunction(scope, 'Trader', {
    entry: 'examples/kis-lambda.ts',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    timeout: Duration.seconds(30),
  });
  // This call grants access to the token, the state, the report topic and the secret with the app key, and
  // sets the environment variables of the reader.
  credential.bindReader(trader, { appKey: true });
  return trader;
}
