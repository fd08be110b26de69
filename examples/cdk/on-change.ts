import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { BrokerCredential } from 'broker-token-refresher';
import type { Construct } from 'constructs';

/** Creates a rule that calls a function within seconds after a new token is published. */
export function callOnNewToken(scope: Construct, credential: BrokerCredential, target: IFunction): Rule {
  return new Rule(scope, 'NewToken', {
    eventPattern: {
      source: ['aws.ssm'],
      detailType: ['Parameter Store Change'],
      detail: { name: [credential.tokenParameterName], operation: ['Create', 'Update'] },
    },
    targets: [new LambdaFunction(target)],
  });
}
