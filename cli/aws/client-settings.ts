import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';

/** What the AWS CLI would be told. */
export interface AwsOptions {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  readonly endpointUrl?: string | undefined;
}

/** Asks for the code of a device (MFA) that a profile demands. */
export type AskMfaCode = (serial: string) => Promise<string>;

/** The SDK wonders about keys beside a profile; which of them counts is settled here. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

type Environment = Readonly<Record<string, string | undefined>>;

/** A call that hangs must not hang the person. */
const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/**
 * The settings of every client: profile, region and keys as the AWS CLI takes them. It differs from the
 * SDK in two ways: AWS_DEFAULT_REGION is heard, and keys in the environment come before AWS_PROFILE.
 * Source: AWS CLI User Guide, "Configuration settings and precedence".
 */
export async function clientSettings(options: AwsOptions, environment: Environment, askMfaCode?: AskMfaCode) {
  const region = options.region || environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  return {
    ...PATIENCE,
    ...(region && { region }),
    ...(options.profile && { profile: options.profile }),
    ...(options.endpointUrl && { endpoint: options.endpointUrl }),
    credentials: await credentialsOf(options, environment, askMfaCode),
  };
}

export type ClientSettings = Awaited<ReturnType<typeof clientSettings>>;

async function credentialsOf(
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
    logger: SILENT,
    ...(profile && { profile }),
    ...(askMfaCode && { mfaCodeProvider: askMfaCode }),
    ...(region && { clientConfig: { region } }),
  });
}
