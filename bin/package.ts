import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build as esbuild } from 'esbuild';
import { bundle, functionBundleOptions } from './bundle.ts';
import { bundleCli } from './bundle-cli.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

/**
 * `npm run build` writes all files of the package that are not in Git: the constructs and the reader with
 * their types, the functions and the command line.
 */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

/** The packages that a CDK app installs itself. The bundles contain all other packages. */
const EXTERNAL_PACKAGES = ['@aws-sdk/*', 'aws-cdk-lib', 'constructs'];

/**
 * Maps each library file in `dist` to its esbuild settings. The constructs have only one module format: with
 * two formats, an app could load two copies, and each copy checks only its own resource names for duplicates.
 */
const LIBRARIES: Readonly<Record<string, BuildOptions>> = {
  'lib/index.js': {
    entryPoints: [join(ROOT, 'lib', 'index.ts')],
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
  },
  'reader/index.js': {
    entryPoints: [join(ROOT, 'reader', 'index.ts')],
    format: 'cjs',
    plugins: [
      {
        // The plugin replaces `import()`, because Jest does not support `import()` in CommonJS. The
        // `require` stays directly in a `try`, because bundlers then treat the SDK as optional.
        name: 'require the SDK',
        setup: ({ onLoad }) =>
          onLoad({ filter: /reader\/(?:report|ssm)\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replace("await import('@aws-sdk", "require('@aws-sdk"),
            loader: 'ts',
          })),
      },
    ],
  },
  'esm/reader/index.js': { entryPoints: [join(ROOT, 'reader', 'index.ts')], format: 'esm' },
};

// The package must not contain files of an earlier build.
for (const name of ['lib', 'lambdas', 'reader', 'esm'])
  rmSync(join(DIST, name), { recursive: true, force: true });
writeTypes();
const metafiles = [await bundleCli(ROOT)];
for (const [file, options] of Object.entries(LIBRARIES))
  metafiles.push(await buildLibrary(join(DIST, file), options));
for (const options of functionBundleOptions(DIST)) {
  await bundle(options);
  metafiles.push(JSON.parse(readFileSync(options.metafile, 'utf8')));
}
writeFileSync(join(DIST, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(ROOT, metafiles));

async function buildLibrary(outfile: string, options: BuildOptions) {
  const { metafile } = await esbuild({
    ...options,
    absWorkingDir: ROOT,
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: EXTERNAL_PACKAGES,
    charset: 'utf8',
    logLevel: 'warning',
    metafile: true,
  });
  return metafile;
}

/** Writes the types, and two package.json files that set the module format of the code and of its types. */
function writeTypes(): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const tsconfig = join(ROOT, 'tsconfig.build.json');
  execFileSync(process.execPath, [tsc, '-p', tsconfig, '--outDir', DIST], { stdio: 'inherit' });
  const esm = join(DIST, 'esm');
  cpSync(join(DIST, 'reader'), join(esm, 'reader'), { recursive: true });
  writeFileSync(join(DIST, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(esm, 'package.json'), '{ "type": "module" }\n');
}
