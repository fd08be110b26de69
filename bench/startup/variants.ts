import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle, ESBUILD_OPTIONS } from '../../bin/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ENTRIES = join(import.meta.dirname, 'entries');

/** The path of the bundle of each variant. */
export interface Variants {
  readonly directory: string;
  /** The deployed bundle. */
  readonly deployed: string;
  /** The lower limit: the two SDK clients with the SDK's own search for credentials. */
  readonly clients: string;
  /** The same clients, bundled like the deployed function, and one read. */
  readonly oneRead: string;
}

export async function makeVariants(): Promise<Variants> {
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
    clients,
    deployed: await bundleVariant(directory, 'deployed', join(ROOT, 'lambdas', 'refresher', 'handler.ts')),
    oneRead: await bundleVariant(directory, 'one-read', join(ENTRIES, 'one-read.ts')),
  };
}

export function sizeOf(file: string): number {
  return statSync(file).size;
}

async function bundleVariant(root: string, name: string, entry: string): Promise<string> {
  const directory = join(root, name);
  await bundle({ entry, directory, metafile: join(root, `${name}.json`) });
  return join(directory, 'index.js');
}
