import type { AppKey } from '../lambdas/brokers/broker.ts';
import { BROKERS_BY_ID } from '../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../lambdas/shared/credential.ts';
import { readAppKey, UnconfiguredError } from '../lambdas/store/secrets.ts';
import type { CliContext } from './cli-context.ts';

/**
 * The app key in the secret of a credential; undefined if the secret contains no usable key. @throws
 * AwsCallError
 */
export async function storedAppKey(
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
 * The name of a secret from a partial ARN, which has no six random characters: the stack writes it for a
 * secret that it knows by name. Returns undefined for a complete ARN: that secret existed, and a new one
 * would have a different ARN.
 */
export function nameInPartialArn(arn: string): string | undefined {
  const name = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.+)$/.exec(arn)?.[1];
  return name === undefined || /-[A-Za-z0-9]{6}$/.test(name) ? undefined : name;
}
