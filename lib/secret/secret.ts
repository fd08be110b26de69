import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { BrokerTokensConfig } from '../config/config.ts';
import { suppressNag } from '../nag-suppressions.ts';

/** @internal Returns the existing secret that a configuration refers to, or creates an empty secret. */
export function resolveSecret(
  scope: Construct,
  { id, secret }: BrokerTokensConfig['credentials'][number],
): ISecret {
  const constructId = `Secret-${id}`;
  if (secret.arn !== undefined) return Secret.fromSecretCompleteArn(scope, constructId, secret.arn);
  if (secret.name !== undefined) return Secret.fromSecretNameV2(scope, constructId, secret.name);
  const description = `App key of the broker credential ${id}; add its value after the deployment`;
  return emptySecret(scope, constructId, description);
}

/**
 * Creates a secret without a value. The secret remains when the stack is deleted. CloudFormation generates
 * the name, so that a new deployment does not conflict with a secret that remained.
 */
export function emptySecret(scope: Construct, id: string, description: string): ISecret {
  const secret = new Secret(scope, id, { description, removalPolicy: RemovalPolicy.RETAIN });
  // By default, the CDK construct generates a random password, which would look like an app key. Source:
  // CloudFormation Template Reference, AWS::SecretsManager::Secret: without SecretString and
  // GenerateSecretString, a secret is empty.
  const resource = secret.node.defaultChild;
  if (resource instanceof CfnSecret) resource.addPropertyDeletionOverride('GenerateSecretString');
  suppressNag(secret, {
    'AwsSolutions-SMG4':
      'Brokers have no API to rotate app keys: you create and delete them on the website of the broker',
  });
  // A cast is necessary, because the class `Secret` declares optional properties as `T | undefined`.
  return secret as ISecret;
}

/**
 * Returns the ARN of a secret for an IAM policy. If only the name of the secret is known, the suffix of the
 * ARN is unknown. Source: Secrets Manager User Guide, "Resources": six question marks match exactly the six
 * characters of the suffix.
 */
export function secretArnForPolicy(secret: ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}
