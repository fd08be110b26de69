import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { names } from '../../simulator/world.ts';
import { formatDecisions, HOUR, Operation } from './operation.ts';

/**
 * The state parameters that releases have written. Add files, but never edit a file: if a code change
 * requires an edit, the upgrade costs every user an issue call.
 */
const STATES = join(import.meta.dirname, '..', 'fixtures', 'state');
const files = readdirSync(STATES);
const ISSUED = Date.parse('2026-11-23T00:00:00Z');
const { state: STATE } = names('kis-main');

let operation: Operation;
afterEach(() => operation.stop());

/**
 * Runs a refresher for a credential with the state of the file and a token that was published eight hours
 * ago.
 */
async function upgraded(file: string): Promise<Operation> {
  operation = await Operation.start({ start: ISSUED, credentials: [{ id: 'kis-main', broker: 'kis' }] });
  const { aws, clock } = operation.world;
  await operation.tick('kis-main');
  // The file describes the token and the secret of an earlier run, so the test replaces these fields.
  const { fingerprint, issuedFor } = JSON.parse(aws.parameter(STATE)?.value ?? '{}');
  const written = JSON.parse(readFileSync(join(STATES, file), 'utf8'));
  const state = { ...written, fingerprint, issuedFor: { ...written.issuedFor, ...issuedFor } };
  aws.putParameter(STATE, JSON.stringify(state));
  operation.coldStart();
  clock.set(ISSUED + 8 * HOUR);
  return operation;
}

describe('A state that an earlier release wrote', () => {
  it.each(files)(
    'causes no broker call before the renewal, and the renewal publishes the next generation: %s',
    async (file) => {
      const { world } = await upgraded(file);
      const calls = world.kis.calls.length;
      const { token } = world.published('kis-main');
      const linesBeforeRenewal = await operation.run('kis-main', ISSUED + 23 * HOUR - 60_000);
      expect(formatDecisions(linesBeforeRenewal)).toEqual([]);
      expect(world.kis.calls).toHaveLength(calls);
      expect(world.published('kis-main').token).toBe(token);
      world.clock.advance(60_000);
      const lines = await operation.run('kis-main', ISSUED + 24 * HOUR);
      expect(formatDecisions(lines)).toEqual(['verify BeforeCall alive', 'issue NearExpiry published']);
      expect(world.kis.count('issue')).toBe(2);
      expect(world.published('kis-main').state?.generation).toBe(8);
    },
  );
});
