import { randomUUID } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import type { Backend, Behavior, Clients } from './behavior.ts';
import { DIFFERENCES } from './differences.ts';
import { PARAMETER_READS } from './parameter-reads.ts';
import { PARAMETER_WRITES } from './parameter-writes.ts';
import { SECRETS } from './secrets.ts';

export const BEHAVIORS: readonly Behavior[] = [...PARAMETER_WRITES, ...PARAMETER_READS, ...SECRETS];

/**
 * One suite for everything that plays AWS: each does what AWS documents but for the listed differences, and
 * those it does as listed. A backend that has been mended fails here too, so that the list shrinks.
 * @param endpoint called in each test, when the backend is up
 */
export function conformance(backend: Backend, endpoint: () => string): void {
  const differences = DIFFERENCES.filter(({ backends }) => backends.includes(backend));
  test.each(BEHAVIORS.map((behavior) => [behavior.sentence, behavior] as const))(
    `${backend}: %s`,
    async (sentence, { act, documented }) => {
      const difference = differences.find((each) => each.sentence === sentence);
      const seen = await act(clientsOf(endpoint()), `/conformance-${randomUUID()}`);
      expect(seen).toEqual(difference ? difference.instead : documented);
    },
  );
}

/** A row of the table in docs/testing.md. */
export function row({ backends, sentence, words }: (typeof DIFFERENCES)[number]): string {
  const { source = '' } = BEHAVIORS.find((behavior) => behavior.sentence === sentence) ?? {};
  return `| ${sentence} | ${backends.join(', ')} | ${words} | ${source} |`;
}

/** The SDK's own clients, without its repetitions: what is seen is the first answer. */
function clientsOf(endpoint: string): Clients {
  const options = {
    endpoint,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    maxAttempts: 1,
  };
  return { ssm: new SSMClient(options), secrets: new SecretsManagerClient(options) };
}
