import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates a temporary directory for a test; temp-dir-setup.ts deletes the directory after the run. */
export function createTemporaryDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `${name}-`));
}
