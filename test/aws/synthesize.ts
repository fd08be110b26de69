import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { bundle, functionBundleOptions } from '../../bin/bundle.ts';
import { createTestApp, type EmulatorPermission } from './app.ts';
import type { Run } from './settings.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface SynthesizeOptions {
  readonly run: Run;
  readonly account: string;
  readonly region: string;
  readonly emulatorPermissions: readonly EmulatorPermission[];
  /** The directory for bundles and templates. */
  readonly directory: string;
}

/** A resource of a template. */
export interface SynthesizedResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Bundles the functions and synthesizes both stacks. @returns the directory for `cdk deploy --app`, and all resources */
export async function synthesize({ directory, ...options }: SynthesizeOptions): Promise<{
  readonly assembly: string;
  readonly resources: readonly SynthesizedResource[];
  /** The key that signs the tokens of the test brokers; tokens of one run are invalid in every other run. */
  readonly signingKey: string;
}> {
  const bundleOptionsOf = (name: 'refresher' | 'consumer') => ({
    entry: join(import.meta.dirname, 'functions', `${name}.ts`),
    directory: join(directory, name),
    metafile: join(directory, `${name}-meta.json`),
  });
  const code = { refresher: bundleOptionsOf('refresher'), consumer: bundleOptionsOf('consumer') };
  const all = [...functionBundleOptions(join(ROOT, 'dist')), ...Object.values(code)];
  await Promise.all(all.map((each) => bundle(each)));
  const signingKey = randomBytes(24).toString('base64url');
  const outdir = join(directory, 'cdk.out');
  const app = createTestApp({
    ...options,
    code: { refresher: code.refresher.directory, consumer: code.consumer.directory },
    signingKey,
    outdir,
  });
  const resources = app
    .synth()
    .stacks.flatMap(({ template }) =>
      Object.values((template as { readonly Resources: Record<string, SynthesizedResource> }).Resources),
    );
  return { assembly: outdir, resources, signingKey };
}
