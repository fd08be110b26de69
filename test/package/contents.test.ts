import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { ROOT, run } from './outside.ts';

const tarball = inject('tarball');
const unpacked = join(createTemporaryDirectory('unpacked'), 'package');
const read = (name: string) => readFileSync(join(unpacked, name), 'utf8');
const files = (await run(ROOT, 'tar', ['-tzf', tarball]))
  .trim()
  .split('\n')
  .map((file) => file.replace('package/', ''));

beforeAll(async () => {
  await run(ROOT, 'tar', ['-xzf', tarball, '-C', join(unpacked, '..')]);
});

describe('the packed package', () => {
  test('contains the modules for apps, the function bundles, and the documents that alarms refer to', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'dist/lib/index.js',
        'dist/lib/index.d.ts',
        'dist/reader/index.js',
        'dist/esm/reader/index.js',
        'dist/lambda/index.js',
        'dist/cleanup/index.js',
        'dist/fleet-monitor/index.js',
        'dist/tokens.mjs',
        'dist/THIRD-PARTY-NOTICES.txt',
        'docs/runbook.md',
        'README.md',
        'LICENSE',
      ]),
    );
  });

  test('contains no source files, no tests and no simulator', () => {
    const allowed =
      /^dist\/(?:[\w/-]+\.d\.ts|[\w/-]+\/index\.js|(?:[\w-]+\/)?package\.json|tokens\.mjs|THIRD-PARTY-NOTICES\.txt)$|^docs\/|^examples\/[\w/-]+\.(?:ts|py|sh|yaml)$|^[A-Z]+(?:\.ko)?(?:\.md)?$|^package\.json$/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
  });

  test('has no install scripts', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: object };
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts).not.toHaveProperty([script]);
  });

  test('contains the third-party notices of the packages in its bundles', () => {
    const notices = read('dist/THIRD-PARTY-NOTICES.txt');
    for (const name of ['valibot', 'temporal-polyfill', 'commander', '@aws-sdk/client-ssm'])
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((?:MIT|Apache-2\\.0)\\)$`, 'm'));
    expect(notices).toContain('Permission is hereby granted, free of charge');
  });

  test('passes publint and are-the-types-wrong', async () => {
    const tool = (name: string, ...args: readonly string[]) =>
      run(ROOT, process.execPath, [join(ROOT, 'node_modules', name), ...args]);
    expect(await tool('publint/src/cli.js', 'run', tarball, '--strict')).toContain('All good!');
    // are-the-types-wrong exits with an error if it finds a problem.
    expect(await tool('@arethetypeswrong/cli/dist/index.js', tarball)).toContain('No problems found');
  });
});
