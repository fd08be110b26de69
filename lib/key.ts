import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** Creates the key that encrypts the token parameters and the alarm topic. */
export function createTokenKey(scope: Construct, keepParameters: boolean): Key {
  return new Key(scope, 'Key', {
    description: 'Encrypts broker tokens in Parameter Store and the alarm topic',
    enableKeyRotation: true,
    // Tokens can be issued again at any time, so the key is deleted by default; a retained key costs $1 a
    // month.
    removalPolicy: keepParameters ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(7),
  });
}

/** Returns a condition that limits the use of a key to calls through one service of this region. */
export function viaServiceCondition(scope: Construct, service: 'ssm' | 'secretsmanager' | 'sns') {
  return { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(scope).region}.amazonaws.com` } };
}

/**
 * Returns a condition that limits the use of a key to the given token parameters. Source: Systems Manager
 * User Guide, "AWS KMS encryption for Parameter Store SecureString parameters".
 */
export function tokenParametersCondition(scope: Construct, tokenArns: readonly string[]) {
  const { StringEquals } = viaServiceCondition(scope, 'ssm');
  return { StringEquals: { ...StringEquals, 'kms:EncryptionContext:PARAMETER_ARN': tokenArns } };
}
