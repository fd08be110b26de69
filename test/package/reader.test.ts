import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';
import {
  createEmptyApp,
  install,
  installNode,
  oldestAllowedVersion,
  ROOT,
  remove,
  run,
  runModules,
} from './outside.ts';

/** Creates a bare Git repository with the files of this working tree. @returns the dependency for npm */
async function createGitDependency(): Promise<string> {
  const tree = createTemporaryDirectory('tree');
  const list = await run(ROOT, 'git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  for (const file of list
    .trim()
    .split('\n')
    .filter((each) => existsSync(join(ROOT, each))))
    cpSync(join(ROOT, file), join(tree, file));
  const git = (...args: readonly string[]) =>
    run(tree, 'git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args]);
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'x');
  const bare = join(createTemporaryDirectory('bare'), 'broker-token-refresher.git');
  await git('clone', '--quiet', '--bare', tree, bare);
  return `git+file://${bare}`;
}

/** Copies a program into an app that uses the reader, and runs the type check of this project's TypeScript. */
async function typeCheck(app: string, program: string, ...options: readonly string[]): Promise<void> {
  for (const name of [program, 'tsconfig.json'])
    cpSync(join(import.meta.dirname, 'apps', 'reader', name), join(app, name));
  const modules = join(ROOT, 'node_modules');
  const tsc = [join(modules, 'typescript', 'bin', 'tsc'), '-p', app, '--typeRoots', join(modules, '@types')];
  await run(app, process.execPath, [...tsc, ...options]);
}

describe.for([
  ['npm pack', async () => inject('tarball')],
  ['a Git repository', createGitDependency],
] as const)('in an app that installs the package from %s for the reader,', ([, createDependency]) => {
  const app = createEmptyApp('reader', { type: 'module' });
  const modules = join(app, 'node_modules');
  const dist = join(modules, 'broker-token-refresher', 'dist');
  let messages = '';

  afterAll(() => remove(app));
  beforeAll(async () => {
    // npm 12 and later reject Git dependencies without this option; earlier versions ignore it.
    messages = await install(app, '--allow-git=all', await createDependency());
  });

  test('npm installs no other package and no Node.js, and prints no warning', () => {
    expect(messages).not.toMatch(/npm warn (?!Unknown|EBADDEVENGINES)/);
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['broker-token-refresher']);
    expect(readdirSync(join(modules, '.bin'))).toEqual(['broker-tokens']);
  });

  test('the installed package contains the built files and no source files', () => {
    const built = ['lib/index.js', 'lib/index.d.ts', 'reader/index.js', 'lambda/index.js', 'tokens.mjs'];
    expect(built.filter((name) => !existsSync(join(dist, name)))).toEqual([]);
    expect(existsSync(join(dist, '..', 'lib'))).toBe(false);
  });

  test('a module can import or require the reader', async () => {
    const imports = `import { createTokenReader } from 'broker-token-refresher/reader';`;
    const use = `createTokenReader({ credential: 'kis-main' }).constructor.name`;
    const printed = await runModules(app, `${imports} console.log(${use})`);
    expect(printed).toEqual({ module: 'TokenReader\n', commonjs: 'TokenReader\n' });
  });

  test('a program that uses the reader passes the type check without the AWS SDK', async () => {
    // `typeCheck` throws an error if the type check finds a problem.
    await expect(typeCheck(app, 'trade.ts')).resolves.toBeUndefined();
  });

  test.for(['esm/reader', 'reader'])(
    'a program with the reader in dist/%s can be bundled and run without an SDK client',
    async (folder) => {
      const outfile = join(createTemporaryDirectory('bundled'), 'trade.cjs');
      await build({
        entryPoints: [join(app, 'trade.ts')],
        alias: { 'broker-token-refresher/reader': join(dist, folder, 'index.js') },
        outfile,
        bundle: true,
        platform: 'node',
        logLevel: 'silent',
      });
      expect(await run(createTemporaryDirectory('elsewhere'), 'node', [outfile])).toBe('Bearer FAKE-TOKEN');
    },
  );

  test('the installed command "broker-tokens" prints its help and its version', async () => {
    expect(await run(app, 'broker-tokens', ['--help'])).toContain('status');
    expect(await run(app, 'broker-tokens', ['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('an app that uses the reader with the oldest supported SDK clients and Node.js version', () => {
  const app = createEmptyApp('sdk', { type: 'module' });

  afterAll(() => remove(app));
  beforeAll(async () => {
    const clients = ['@aws-sdk/client-ssm', '@aws-sdk/client-sns'];
    const versions = clients.map((name) => `${name}@${oldestAllowedVersion(name)}`);
    await install(app, inject('tarball'), ...versions);
  });

  test('passes the type check, and reads the token with an SSM client that the app creates', async () => {
    await expect(typeCheck(app, 'read.ts', '--skipLibCheck')).resolves.toBeUndefined();
    const outfile = join(app, 'read.js');
    await build({ entryPoints: [join(app, 'read.ts')], outfile, format: 'esm', logLevel: 'silent' });
    const node = await installNode(oldestAllowedVersion('node'));
    expect(await run(app, 'node', [outfile], node)).toBe('Bearer FAKE-TOKEN');
  });
});
