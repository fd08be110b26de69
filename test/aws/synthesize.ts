import { join } from 'node:path';
import { bundle, functionBundleOptions } from '../../bin/bundle.ts';
import { createTestApp, type TestAppOptions } from './app.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A resource of a template. */
export interface SynthesizedResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/**
 * Bundles the functions and synthesizes both stacks.
 * @param directory the directory for bundles and templates
 * @returns the directory for `cdk deploy --app`, and all resources
 */
export async function synthesize(
  directory: string,
  options: Omit<TestAppOptions, 'code' | 'outdir'>,
): Promise<{ readonly assembly: string; readonly resources: readonly SynthesizedResource[] }> {
  const bundles = ['refresher', 'consumer'].map((name) => ({
    entry: join(import.meta.dirname, 'functions', `${name}.ts`),
    directory: join(directory, name),
    metafile: join(directory, `${name}-meta.json`),
  }));
  await Promise.all([...functionBundleOptions(join(ROOT, 'dist')), ...bundles].map((each) => bundle(each)));
  const code = { refresher: join(directory, 'refresher'), consumer: join(directory, 'consumer') };
  const outdir = join(directory, 'cdk.out');
  const { stacks } = createTestApp({ ...options, code, outdir }).synth();
  const resources = stacks.flatMap(({ template }) =>
    Object.values((template as { readonly Resources: Record<string, SynthesizedResource> }).Resources),
  );
  return { assembly: outdir, resources };
}
