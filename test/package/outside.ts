import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTemporaryDirectory } from '../temp-dir.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

/** The PATH of the machine, without the `node_modules` directories that `npm run` adds. */
const MACHINE_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((directory) => !directory.includes('node_modules'))
  .join(delimiter);

/**
 * The environment without the variables of npm, Node.js and Vitest, because these variables would affect the
 * apps.
 */
const INHERITED_ENVIRONMENT = Object.entries(process.env).filter(
  ([name]) => !/^(?:npm_(?!config_)|NODE_|VITEST|TEST$)/.test(name),
);

/**
 * Runs a program in the directory of an app, as a user of the app would.
 *
 * @param node directory of a Node.js executable to use instead of the machine's
 * @throws Error with the output if the program fails
 */
export async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  node?: string,
): Promise<string> {
  const path = [join(cwd, 'node_modules', '.bin'), node, MACHINE_PATH].filter(Boolean).join(delimiter);
  const env = { ...Object.fromEntries(INHERITED_ENVIRONMENT), PATH: path };
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exitCode = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  const [code, stdout, stderr] = await Promise.all([exitCode, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  return `${stdout}${stderr}`;
}

/** Installs packages and returns what npm prints. */
export function install(app: string, ...packages: readonly string[]): Promise<string> {
  return run(app, 'npm', ['install', '--no-audit', '--no-fund', ...packages]);
}

/**
 * Removes an app after its tests. If all apps were removed at the end of the run, Vitest would hang for a
 * minute.
 */
export function remove(app: string): Promise<void> {
  return rm(app, { recursive: true, force: true });
}

/** Creates a directory that contains only a package.json. */
export function createEmptyApp(name: string, manifest: object = {}): string {
  const app = createTemporaryDirectory(name);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name, private: true, ...manifest }));
  return app;
}

/** Installs a version of Node.js, and returns the directory of its executable. */
export async function installNode(version: string): Promise<string> {
  const app = createEmptyApp('node');
  const name = `node-${process.platform}-${process.arch}`;
  await install(app, `${name}@${version}`);
  return join(app, 'node_modules', name, 'bin');
}

const PACKAGE_JSON = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
};

/** Returns the oldest version of Node.js, or of a peer dependency, that package.json allows. */
export function oldestAllowedVersion(name: string): string {
  const range = name === 'node' ? PACKAGE_JSON.engines.node : PACKAGE_JSON.peerDependencies[name];
  const [, major, minor = '0', patch = '0'] =
    /^(?:\^|>=)(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(range ?? '') ?? [];
  if (major === undefined)
    throw new Error(`package.json has no range with an oldest version of ${name}: ${range}`);
  return `${major}.${minor}.${patch}`;
}

/**
 * Runs a script as an ES module, and as a CommonJS module with `require` instead of `import`.
 * @returns what the script printed
 */
export async function runModules(app: string, module: string) {
  const commonjs = module.replaceAll(/import (\{.+?\}) from ('.+?');/g, 'const $1 = require($2);');
  const evaluate = (type: string, script: string) =>
    run(app, 'node', [`--input-type=${type}`, '--eval', script]);
  return { module: await evaluate('module', module), commonjs: await evaluate('commonjs', commonjs) };
}
