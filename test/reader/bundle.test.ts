import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test("The reader's bundle is at most 15,000 bytes and contains no code table of the refresher", async () => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../../reader/index.ts')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: ['@aws-sdk/*'],
  });
  const text = outputFiles[0]?.text ?? '';
  expect(text).toContain('EGW00123');
  expect(text).not.toContain('EGW00133');
  expect(text.length).toBeLessThanOrEqual(15_000);
});
