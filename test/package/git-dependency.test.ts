import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { createEmptyApp, install, ROOT, remove, run } from './outside.ts';

const app = createEmptyApp('app');
const modules = join(app, 'node_modules');
let messages = '';

/** Creates a bare Git repository with the files of this working tree. */
async function bareRepository(): Promise<string> {
  const tree = createTemporaryDirectory('tree');
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  const files = list
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));
  for (const file of files) cpSync(join(ROOT, file), join(tree, file));
  const git = (...args: readonly string[]) =>
    run(tree, 'git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args]);
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'x');
  const bare = join(createTemporaryDirectory('bare'), 'broker-token-refresher.git');
  await git('clone', '--quiet', '--bare', tree, bare);
  return bare;
}

afterAll(() => remove(app));
beforeAll(async () => {
  // npm 12 and later reject Git dependencies without this option; earlier versions ignore it.
  messages = await install(app, '--allow-git=all', `git+file://${await bareRepository()}`);
});

describe('an app that installs the package from a Git repository', () => {
  test('installs no other package and no Node.js, and gets no warning', () => {
    expect(messages).not.toMatch(/npm warn (?!Unknown|EBADDEVENGINES)/);
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['broker-token-refresher']);
    expect(readdirSync(join(modules, '.bin'))).toEqual(['broker-tokens']);
  });

  test('gets the same files as an installation of the packed package', () => {
    const dist = (name: string) => existsSync(join(modules, 'broker-token-refresher', 'dist', name));
    const built = ['lib/index.js', 'lib/index.d.ts', 'reader/index.js', 'lambda/index.js', 'tokens.mjs'];
    expect(built.filter((name) => !dist(name))).toEqual([]);
    expect(existsSync(join(modules, 'broker-token-refresher', 'lib'))).toBe(false);
  });

  test('can run the command line', async () => {
    expect(await run(app, 'broker-tokens', ['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
