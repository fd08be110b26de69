import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';

/** The floor: what the two clients alone cost, made as the refresher makes them. Nobody is asked for anything. */
const AWS_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

export const clients = [new SSMClient(AWS_CLIENT), new SecretsManagerClient(AWS_CLIENT)];
