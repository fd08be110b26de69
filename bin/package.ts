import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, deployed } from './bundle.ts';
import { bundleTokens } from './bundle-tokens.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * Emits what other apps import: JavaScript and its types, because Node strips no types inside of
 * node_modules, and the functions ready to be deployed.
 *
 * @param directory gets a `dist` with everything that the package ships of it
 */
export async function build(directory: string): Promise<void> {
  const dist = join(directory, 'dist');
  // What a file that is gone left behind would be shipped.
  for (const directory of ['lib', 'lambdas', 'reader', 'cjs'])
    rmSync(join(dist, directory), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const emit = (config: string, outDir: string) =>
    execFileSync(process.execPath, [tsc, '-p', join(ROOT, config), '--outDir', outDir], { stdio: 'inherit' });
  emit('tsconfig.build.json', dist);
  // The reader for programs that `require`: the nearest manifest says how a file is to be read.
  emit('tsconfig.reader-cjs.json', join(dist, 'cjs'));
  writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
  for (const options of deployed(dist)) await bundle(options);
  await bundleTokens(directory);
}

/**
 * The package as it is published, in a directory of its own: with a manifest that takes nothing along
 * but what an app needs. The project's own one would bring Node itself (`optionalDependencies`), and
 * npm would put that before the Node of whoever installs it.
 *
 * @param built where `build` emitted
 */
export function stage(built: string, directory: string): void {
  mkdirSync(directory, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  for (const name of [...manifest.files, 'README.md', 'README.ko.md', 'LICENSE']) {
    const source = join(name.startsWith('dist/') ? built : ROOT, name);
    if (existsSync(source)) cpSync(source, join(directory, name), { recursive: true, filter });
  }
  const { private: _, scripts, devDependencies, optionalDependencies, allowScripts, ...shipped } = manifest;
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`);
}

/** Excludes the cache that Python writes beside an example. */
const filter = (path: string): boolean => !path.includes('__pycache__');

interface Manifest extends Readonly<Record<string, unknown>> {
  readonly files: readonly string[];
}

if (import.meta.main) {
  const directory = join(ROOT, 'dist', 'package');
  rmSync(directory, { recursive: true, force: true });
  await build(ROOT);
  stage(ROOT, directory);
  execFileSync('npm', ['pack', directory, '--pack-destination', join(ROOT, 'dist')], { stdio: 'inherit' });
}
