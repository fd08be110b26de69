import { GetParametersCommand } from '@aws-sdk/client-ssm';
import type { SQSEvent } from 'aws-lambda';
import { ssm } from './clients.ts';

/** This bundle is a baseline: its handler reads the config and state parameters once, and decides nothing. */
export async function handler(event: SQSEvent): Promise<{ batchItemFailures: [] }> {
  for (const { attributes } of event.Records) {
    const path = `${process.env['PARAMETER_PREFIX']}/${attributes.MessageGroupId}`;
    await ssm.send(new GetParametersCommand({ Names: [`${path}/config`, `${path}/state`] }));
  }
  return { batchItemFailures: [] };
}
