import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Deletes, after the run, all files that the tests and the CDK wrote to temporary directories. */
export function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'broker-tokens-tests-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
