import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All that the tests, and the CDK within them, put into temporary directories is gone after the run. */
export function setup(): () => void {
  const room = mkdtempSync(join(tmpdir(), 'broker-tokens-tests-'));
  process.env['TMPDIR'] = room;
  return () => rmSync(room, { recursive: true, force: true });
}
