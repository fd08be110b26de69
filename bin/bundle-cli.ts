import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { ESBUILD_OPTIONS } from './bundle.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * The path of the command in the package. The field `bin` of package.json contains this path. The command
 * reads its version from ../package.json.
 */
export const CLI_BUNDLE = join('dist', 'tokens.mjs');

/**
 * Bundles the command line into one file, so that the package does not depend on AWS clients and prompt
 * libraries. The command imports each AWS client on first use.
 */
export async function bundleCli(directory: string): Promise<Metafile> {
  const outfile = join(directory, CLI_BUNDLE);
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'bin', 'tokens.ts')],
    absWorkingDir: ROOT,
    outfile,
    ...ESBUILD_OPTIONS,
    target: 'node20',
    format: 'esm',
    // The bundle is an ES module, but its CommonJS modules call `require` for modules of Node.js.
    banner: {
      js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
    },
    metafile: true,
  });
  chmodSync(outfile, 0o755);
  return metafile;
}
