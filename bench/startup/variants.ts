import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle, ESBUILD_OPTIONS } from '../../bin/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ENTRIES = join(import.meta.dirname, 'entries');

export type Variants = Awaited<ReturnType<typeof buildVariants>>;

/** Builds one bundle per variant. Returns the directory that contains them, and the path of each bundle. */
export async function buildVariants() {
  const dist = join(ROOT, 'dist');
  mkdirSync(dist, { recursive: true });
  const directory = mkdtempSync(join(dist, 'bench-'));
  const clients = join(directory, 'clients.cjs');
  await build({
    entryPoints: [join(ENTRIES, 'clients.ts')],
    absWorkingDir: ROOT,
    outfile: clients,
    ...ESBUILD_OPTIONS,
  });
  return {
    directory,
    /** A bundle with only the two SDK clients, which search for AWS credentials as the SDK does by default. */
    clients,
    deployed: await bundleVariant(directory, 'deployed', join(ROOT, 'lambdas', 'refresher', 'handler.ts')),
    /** A bundle with the same clients and one read, built with the settings of the deployed function. */
    oneRead: await bundleVariant(directory, 'one-read', join(ENTRIES, 'one-read.ts')),
  };
}

async function bundleVariant(root: string, name: string, entry: string): Promise<string> {
  const directory = join(root, name);
  await bundle({ entry, directory, metafile: join(root, `${name}.json`) });
  return join(directory, 'index.js');
}
