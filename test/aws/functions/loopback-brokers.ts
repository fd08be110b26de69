import { SSMClient } from '@aws-sdk/client-ssm';
import { listen } from '../../../simulator/http.ts';
import { createParameterInvalidations } from '../brokers/invalidations.ts';
import { createTestBrokers } from '../brokers/test-brokers.ts';
import { TEST_ENVIRONMENT } from '../settings.ts';

/** Starts the test brokers on a free loopback port within this process. @returns their URL */
export async function startLoopbackBrokers(): Promise<string> {
  const signingKey = process.env[TEST_ENVIRONMENT.signingKey] ?? '';
  const path = process.env[TEST_ENVIRONMENT.invalidations] ?? '';
  const invalidations = createParameterInvalidations(new SSMClient(), path);
  const { url } = await listen(createTestBrokers({ signingKey, invalidations, now: Date.now }));
  return url;
}
