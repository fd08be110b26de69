import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Backend, type Behavior, clientsOf } from './behavior.ts';
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
  test.each(BEHAVIORS.map((behavior) => [behavior.title, behavior] as const))(
    `${backend}: %s`,
    async (_title, { run, documentedResult, difference }) => {
      const result = await run(clientsOf(endpoint()), `/conformance-${randomUUID()}`);
      const isListedDifference = difference?.backends.includes(backend);
      expect(result).toEqual(isListedDifference ? difference?.actualResult : documentedResult);
    },
  );
}
