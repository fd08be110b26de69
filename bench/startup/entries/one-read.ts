import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { SQSEvent } from 'aws-lambda';

/** This bundle is a baseline: its handler reads the config and state parameters once, and decides nothing. */
const AWS_CLIENT_CONFIG = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

export const secrets = new SecretsManagerClient(AWS_CLIENT_CONFIG);
const ssm = new SSMClient(AWS_CLIENT_CONFIG);

export async function handler(event: SQSEvent): Promise<{ batchItemFailures: [] }> {
  for (const { attributes } of event.Records) {
    const path = `${process.env['PARAMETER_PREFIX']}/${attributes.MessageGroupId}`;
    await ssm.send(new GetParametersCommand({ Names: [`${path}/config`, `${path}/state`] }));
  }
  return { batchItemFailures: [] };
}
