import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');
const bundleDirectory = mkdtempSync(join(tmpdir(), 'broker-tokens-examples-'));

/** Bundles an example as a user would. @returns the path of the bundle */
export async function bundleExample(name: string): Promise<string> {
  const outfile = join(bundleDirectory, `${name}.mjs`);
  await build({
    entryPoints: [join(ROOT, 'examples', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
    alias: { 'broker-token-refresher/reader': join(ROOT, 'reader', 'index.ts') },
    // The SDK in the bundle loads modules of Node.js with `require`, which an ES module must define.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return outfile;
}

/**
 * Runs a bundle in a separate process, which inherits only PATH from this environment. With `expression`, the
 * process imports the bundle as `example` and prints the value of the expression as JSON.
 */
export function run(file: string, environment: Readonly<Record<string, string>>, expression?: string) {
  const script = `import(process.argv[1]).then(async (example) => console.log(JSON.stringify(await ${expression})))`;
  const child = spawn(process.execPath, expression === undefined ? [file] : ['-e', script, file], {
    env: { ...FAKE_AWS_ENVIRONMENT, PATH: process.env['PATH'] ?? '', ...environment },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  return {
    process: child,
    /** Returns everything that the program has written so far. */
    output: () => ({ out, err }),
    exitCode: new Promise<number | null>((resolve) => child.once('close', resolve)),
  };
}

const FAKE_AWS_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'ap-northeast-2',
  AWS_EC2_METADATA_DISABLED: 'true',
};
