import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A key used only through a service that calls it for somebody, in this region. */
export function viaService(scope: Construct, service: 'ssm' | 'secretsmanager' | 'sns'): Conditions {
  return { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(scope).region}.amazonaws.com` } };
}

/**
 * The key used only for these token parameters.
 * Source: Systems Manager User Guide, "AWS KMS encryption for Parameter Store SecureString parameters".
 */
export function forTokens(scope: Construct, ...tokenArns: readonly string[]): Conditions {
  return {
    StringEquals: {
      ...viaService(scope, 'ssm')['StringEquals'],
      'kms:EncryptionContext:PARAMETER_ARN': tokenArns,
    },
  };
}
