import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { ROOT, run } from './outside.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the packed package. */
    tarball: string;
  }
}

/** Packs the package with `npm pack`, and provides the path of the package to the tests. */
export async function setup(project: TestProject): Promise<void> {
  const directory = createTemporaryDirectory('packed');
  await run(ROOT, 'npm', ['pack', '--pack-destination', directory]);
  const [name = ''] = readdirSync(directory);
  project.provide('tarball', join(directory, name));
}
