import { randomUUID } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import type { AwsClients, Backend, Behavior } from './behavior.ts';
import { DIFFERENCES } from './differences.ts';
import { PARAMETER_READ_BEHAVIORS } from './parameter-reads.ts';
import { PARAMETER_WRITE_BEHAVIORS } from './parameter-writes.ts';
import { SECRET_BEHAVIORS } from './secrets.ts';

export const BEHAVIORS: readonly Behavior[] = [
  ...PARAMETER_WRITE_BEHAVIORS,
  ...PARAMETER_READ_BEHAVIORS,
  ...SECRET_BEHAVIORS,
];

/**
 * Tests that a backend behaves as AWS documents, except for the listed differences. The suite fails if a
 * backend no longer differs from AWS as the list states.
 * @param endpoint called within the tests, when the backend runs
 */
export function testConformance(backend: Backend, endpoint: () => string): void {
  const differences = DIFFERENCES.filter(({ backends }) => backends.includes(backend));
  test.each(BEHAVIORS.map((behavior) => [behavior.title, behavior] as const))(
    `${backend}: %s`,
    async (title, { run, documentedResult }) => {
      const difference = differences.find((each) => each.title === title);
      const result = await run(clientsOf(endpoint()), `/conformance-${randomUUID()}`);
      expect(result).toEqual(difference ? difference.actualResult : documentedResult);
    },
  );
}

/** Returns the row of a difference in the table of docs/testing.md. */
export function differenceRow({ backends, title, description }: (typeof DIFFERENCES)[number]): string {
  const { source = '' } = BEHAVIORS.find((behavior) => behavior.title === title) ?? {};
  return `| ${title} | ${backends.join(', ')} | ${description} | ${source} |`;
}

/** Creates SDK clients without retries. */
function clientsOf(endpoint: string): AwsClients {
  const options = {
    endpoint,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    maxAttempts: 1,
  };
  return { ssm: new SSMClient(options), secrets: new SecretsManagerClient(options) };
}
