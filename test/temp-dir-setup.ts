import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates the parent of all temporary directories of the tests and the CDK, and deletes it after the run. */
export function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'broker-tokens-tests-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
