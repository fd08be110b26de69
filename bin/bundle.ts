import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const ENVIRONMENT_CREDENTIALS_FILE = join(ROOT, 'lambdas', 'store', 'environment-credentials.ts');

export interface BundleOptions {
  readonly entry: string;
  /** The directory of the asset, which contains only files that are deployed. */
  readonly directory: string;
  /**
   * The path of esbuild's metafile, which lists the content of the bundle. The metafile is not part of the
   * asset.
   */
  readonly metafile: string;
}

/** Returns the bundle options of each Lambda function: its folder in `lambdas` and its asset in `dist`. */
export function functionBundleOptions(dist: string): readonly BundleOptions[] {
  const assetsByFolder = { refresher: 'lambda', cleanup: 'cleanup', 'fleet-monitor': 'fleet-monitor' };
  return Object.entries(assetsByFolder).map(([folder, asset]) => ({
    entry: join(ROOT, 'lambdas', folder, 'handler.ts'),
    directory: join(dist, asset),
    metafile: join(dist, `${asset}-meta.json`),
  }));
}

/**
 * The esbuild settings of a Lambda function. Of all tested settings, minified CommonJS with the ES modules of
 * the SDK starts fastest. A source map makes each cold start slower (docs/performance.md).
 */
export const ESBUILD_OPTIONS = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'silent',
} satisfies BuildOptions;

/**
 * Bundles one Lambda function. Equal sources produce equal bytes, so an unchanged function is not
 * deployed again.
 * @returns the size of the bundle in bytes
 */
export async function bundle({ entry, directory, metafile }: BundleOptions): Promise<number> {
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    outfile: join(directory, 'index.js'),
    ...ESBUILD_OPTIONS,
    alias: { '@aws-sdk/credential-provider-node': ENVIRONMENT_CREDENTIALS_FILE },
    metafile: true,
    write: false,
  });
  const code = result.outputFiles[0]?.contents ?? new Uint8Array();
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory))
    if (!['index.js', 'package.json'].includes(name)) rmSync(join(directory, name), { recursive: true });
  mkdirSync(dirname(metafile), { recursive: true });
  // Tests and a deployment may bundle at the same time, so each file is written atomically. The temporary file
  // is outside of the asset, so that no deployment uploads the file.
  const temporaryFile = `${metafile}.${process.pid}.part`;
  const write = (path: string, content: string | Uint8Array): void => {
    writeFileSync(temporaryFile, content);
    renameSync(temporaryFile, path);
  };
  write(join(directory, 'index.js'), code);
  // The project is an ES module, so without this file Node.js would load the bundle as an ES module, too.
  write(join(directory, 'package.json'), '{"type":"commonjs"}\n');
  write(metafile, `${JSON.stringify(result.metafile)}\n`);
  return code.byteLength;
}

if (import.meta.main) {
  for (const options of functionBundleOptions(join(ROOT, 'dist'))) {
    const sizeInBytes = await bundle(options);
    const file = relative(ROOT, join(options.directory, 'index.js'));
    process.stdout.write(`${file}  ${Math.round(sizeInBytes / 1024)} KB\n`);
  }
}
