import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All that the tests, and the CDK within them, put into temporary directories is gone after the run. */
export function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'broker-tokens-tests-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
