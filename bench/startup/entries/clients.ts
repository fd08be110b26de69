import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';

/**
 * This bundle only creates the two AWS clients, with the settings of the refresher. The cost of this bundle
 * is the lower limit of the startup cost.
 */
const AWS_CLIENT_CONFIG = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

export const secrets = new SecretsManagerClient(AWS_CLIENT_CONFIG);
export const ssm = new SSMClient(AWS_CLIENT_CONFIG);
