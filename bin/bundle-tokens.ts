import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** Where the package has it; `bin` of package.json names it. Its parent holds the package.json that tells the version. */
export const TOKENS = join('dist', 'tokens.js');

/**
 * The operator's command line as one file, so that a package that apps depend on brings neither AWS
 * clients nor prompts of its own. What a command does not use is not run: clients are imported on first use.
 */
export async function bundleTokens(directory: string): Promise<void> {
  const outfile = join(directory, TOKENS);
  await build({
    entryPoints: [join(ROOT, 'bin', 'tokens.ts')],
    absWorkingDir: ROOT,
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Some of what is bundled is CommonJS and requires modules of Node.
    banner: {
      js: "import { createRequire as broughtAlong } from 'node:module'; const require = broughtAlong(import.meta.url);",
    },
    // It is given away, and with it the names of those who wrote what is in there.
    legalComments: 'eof',
    charset: 'utf8',
    logLevel: 'silent',
  });
  chmodSync(outfile, 0o755);
}
