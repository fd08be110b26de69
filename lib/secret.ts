import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { SecretReference } from './config/schema.ts';
import { suppressNag } from './nag-suppressions.ts';

/** The secret that a configuration names or asks for. */
export function resolveSecret(
  scope: Construct,
  id: string,
  reference: SecretReference,
  credential: string,
): ISecret {
  if (reference.arn !== undefined) return Secret.fromSecretCompleteArn(scope, id, reference.arn);
  if (reference.name !== undefined) return Secret.fromSecretNameV2(scope, id, reference.name);
  return emptySecret(scope, id, `App key of the broker credential ${credential}; filled in by hand`);
}

/**
 * A secret without a value, kept when the stack goes. Its name is generated, so that a stack deployed
 * again does not collide with the one that was kept.
 */
export function emptySecret(scope: Construct, id: string, description: string): ISecret {
  const secret = new Secret(scope, id, { description, removalPolicy: RemovalPolicy.RETAIN });
  // The construct would have a random password generated, which would look like an app key.
  // Source: CloudFormation Template Reference, AWS::SecretsManager::Secret: without both properties it is empty.
  const resource = secret.node.defaultChild;
  if (resource instanceof CfnSecret) resource.addPropertyDeletionOverride('GenerateSecretString');
  suppressNag(secret, {
    'AwsSolutions-SMG4':
      'App keys are made and withdrawn by hand at the site of the broker, which has no API for it',
  });
  // The interface says "absent" where the class says "or undefined": the same to everybody but this compiler.
  return secret as ISecret;
}

/**
 * The ARN as IAM compares it: a secret known by name only has an unknown suffix.
 * Source: Secrets Manager User Guide, "Resources": six question marks match exactly the suffix.
 */
export function secretArnForPolicy(secret: ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}
