import type { AppKey } from '../lambdas/brokers/broker.ts';
import { BROKERS_BY_ID } from '../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../lambdas/shared/credential.ts';
import { readAppKey, UnconfiguredError } from '../lambdas/store/secrets.ts';
import type { CliContext } from './cli-context.ts';

/**
 * Reads the app key from the secret of a credential; returns undefined if the secret contains no usable key.
 * @throws AwsCallError
 */
export async function readStoredAppKey(
  { aws }: CliContext,
  { broker, secretArn }: CredentialConfig,
): Promise<AppKey | undefined> {
  const { SecretString } = await aws.call('secretsmanager:GetSecretValue', secretArn, {
    SecretId: secretArn,
  });
  try {
    return readAppKey(SecretString, BROKERS_BY_ID[broker].secretFields, secretArn, '');
  } catch (error) {
    if (error instanceof UnconfiguredError) return undefined;
    throw error;
  }
}

/**
 * Returns the name of a secret from a partial ARN, which does not end with six random characters. The stack
 * writes a partial ARN for a secret that is configured by name. Returns undefined for a complete ARN, because
 * a new secret would have a different ARN.
 */
export function nameInPartialArn(arn: string): string | undefined {
  const name = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.+)$/.exec(arn)?.[1];
  return name === undefined || /-[A-Za-z0-9]{6}$/.test(name) ? undefined : name;
}
