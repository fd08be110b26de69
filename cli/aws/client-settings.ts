import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';
import type { Environment } from '../terminal/terminal.ts';

/** The global options that exist in the AWS CLI, too. */
export interface AwsOptions {
  readonly profile?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
}

/** A function that prompts for the code of the MFA device that a profile requires. */
export type AskMfaCode = (serial: string) => Promise<string>;

/**
 * A logger without output. With its default logger, the SDK warns if both access keys and a profile are set,
 * although this file defines the precedence.
 */
const SILENT_LOGGER = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * Returns the settings of every client, with the same precedence as in the AWS CLI. The default settings of
 * the SDK ignore AWS_DEFAULT_REGION, and give AWS_PROFILE precedence over access keys in the environment.
 * Source: AWS CLI User Guide, "Configuration settings and precedence".
 */
export async function resolveClientSettings(
  options: AwsOptions,
  environment: Environment,
  askMfaCode?: AskMfaCode,
) {
  const region = options.region || environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  return {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    ...(region && { region }),
    ...(options.profile && { profile: options.profile }),
    ...(options.endpointUrl && { endpoint: options.endpointUrl }),
    credentials: await resolveCredentialProvider(options, environment, askMfaCode),
  };
}

export type ClientSettings = Awaited<ReturnType<typeof resolveClientSettings>>;

async function resolveCredentialProvider(
  { profile, region }: AwsOptions,
  environment: Environment,
  askMfaCode: AskMfaCode | undefined,
): Promise<AwsCredentialIdentityProvider> {
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = environment['AWS_SESSION_TOKEN'];
  if (profile === undefined && accessKeyId && secretAccessKey)
    return async () => ({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) });
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider({
    logger: SILENT_LOGGER,
    ...(profile && { profile }),
    ...(askMfaCode && { mfaCodeProvider: askMfaCode }),
    ...(region && { clientConfig: { region } }),
  });
}
