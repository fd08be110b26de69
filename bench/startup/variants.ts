import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle, ESBUILD_OPTIONS } from '../../bin/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ENTRIES = join(import.meta.dirname, 'entries');

/** The directory of the bundles, and the path of the bundle of each variant. */
export interface Variants {
  readonly directory: string;
  /** The deployed bundle. */
  readonly deployed: string;
  /** A bundle with only the two SDK clients, which search for AWS credentials as the SDK does by default. */
  readonly clients: string;
  /** A bundle with the same clients and one read, built with the settings of the deployed function. */
  readonly oneRead: string;
}

export async function buildVariants(): Promise<Variants> {
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

export function fileSize(file: string): number {
  return statSync(file).size;
}

async function bundleVariant(root: string, name: string, entry: string): Promise<string> {
  const directory = join(root, name);
  await bundle({ entry, directory, metafile: join(root, `${name}.json`) });
  return join(directory, 'index.js');
}
