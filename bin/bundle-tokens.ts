import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** Path in the package, named by `bin` of package.json. The version is read from ../package.json. */
export const CLI_BUNDLE = join('dist', 'tokens.mjs');

/**
 * Bundles the command line into one file, so that the package needs no dependencies on AWS clients and prompts.
 * Clients are imported on first use.
 */
export async function bundleCli(directory: string): Promise<Metafile> {
  const outfile = join(directory, CLI_BUNDLE);
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'bin', 'tokens.ts')],
    absWorkingDir: ROOT,
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Bundled CommonJS modules require modules of Node.
    banner: {
      js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
    },
    // dist/THIRD-PARTY-NOTICES.txt has the notices.
    legalComments: 'none',
    metafile: true,
    charset: 'utf8',
    logLevel: 'silent',
  });
  chmodSync(outfile, 0o755);
  return metafile;
}
