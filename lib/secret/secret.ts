import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { SecretReference } from '../config/credential-schema.ts';
import { suppressNag } from '../nag-suppressions.ts';

/**
 * The existing or new secret that a configuration refers to.
 * @internal
 */
export function resolveSecret(
  scope: Construct,
  id: string,
  reference: SecretReference,
  credential: string,
): ISecret {
  if (reference.arn !== undefined) return Secret.fromSecretCompleteArn(scope, id, reference.arn);
  if (reference.name !== undefined) return Secret.fromSecretNameV2(scope, id, reference.name);
  return emptySecret(
    scope,
    id,
    `App key of the broker credential ${credential}; add its value after the deployment`,
  );
}

/**
 * A secret without a value, retained when the stack is deleted. CloudFormation generates its name, so that a
 * new deployment does not conflict with a retained secret.
 */
export function emptySecret(scope: Construct, id: string, description: string): ISecret {
  const secret = new Secret(scope, id, { description, removalPolicy: RemovalPolicy.RETAIN });
  // By default, the CDK construct generates a random password, which would look like an app key.
  // Source: CloudFormation Template Reference, AWS::SecretsManager::Secret: without both properties it is empty.
  const resource = secret.node.defaultChild;
  if (resource instanceof CfnSecret) resource.addPropertyDeletionOverride('GenerateSecretString');
  suppressNag(secret, {
    'AwsSolutions-SMG4':
      'Brokers have no API to rotate app keys: you create and delete them at the site of the broker',
  });
  // The interface has optional properties where the class has properties of type `undefined`.
  return secret as ISecret;
}

/**
 * The ARN of a secret for an IAM policy. If only the name of the secret is known, the suffix of the ARN is
 * unknown.
 * Source: Secrets Manager User Guide, "Resources": six question marks match exactly this suffix.
 */
export function secretArnForPolicy(secret: ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}
