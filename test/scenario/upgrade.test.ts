import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { names } from '../../simulator/world.ts';
import { HOUR, Operation, story } from './operation.ts';

/**
 * States as releases have written them: these files are never edited, only added to. A change of the
 * code that needs one of them edited would cost every owner an issue at the upgrade.
 */
const STATES = join(import.meta.dirname, '..', 'fixtures', 'state');
const files = readdirSync(STATES);
const ISSUED = Date.parse('2026-11-23T00:00:00Z');
const NOW = ISSUED + 8 * HOUR;

let operation: Operation;
afterEach(() => operation.stop());

async function upgraded(file: string): Promise<Operation> {
  operation = await Operation.start({ start: NOW, credentials: [{ id: 'kis-main', broker: 'kis' }] });
  const { aws } = operation.world;
  aws.putParameter(names('kis-main').token, 'FAKE-token-of-the-release-before', 'SecureString');
  aws.putParameter(names('kis-main').state, readFileSync(join(STATES, file), 'utf8').trim());
  return operation;
}

describe('a state that another release wrote', () => {
  it.each(files)('%s: nothing is asked of the broker until the token is due', async (file) => {
    const { world } = await upgraded(file);
    const lines = await operation.run('kis-main', ISSUED + 23 * HOUR - 60_000);
    expect(story(lines)).toEqual([]);
    expect(world.kis.count('issue')).toBe(0);
    expect(world.published('kis-main').token).toBe('FAKE-token-of-the-release-before');
  });

  it.each(files)('%s: then it is renewed once, and counted on from there', async (file) => {
    const { world } = await upgraded(file);
    const lines = await operation.run('kis-main', ISSUED + 24 * HOUR);
    expect(story(lines)).toEqual(['issue NearExpiry published']);
    expect(world.kis.count('issue')).toBe(1);
    expect(world.published('kis-main').state?.generation).toBe(8);
  });
});
