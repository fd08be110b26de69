import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODULES = join(ROOT, 'node_modules');

function tsc(...args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, [join(MODULES, 'typescript', 'bin', 'tsc'), ...args], {
      encoding: 'utf8',
    });
  } catch (error) {
    return String((error as { readonly stdout: unknown }).stdout);
  }
}

test('the published type declarations compile with the CDK and Node.js types alone', () => {
  const app = createTemporaryDirectory('types');
  expect(tsc('-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(app, 'package'))).toBe('');
  mkdirSync(join(app, 'node_modules'));
  for (const name of ['aws-cdk-lib', 'constructs', '@types'])
    symlinkSync(join(MODULES, name), join(app, 'node_modules', name));
  const files = ['package/lib/index.d.ts', 'package/reader/index.d.ts'];
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
    strict: true,
    noEmit: true,
  };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  expect(tsc('-p', app)).toBe('');
});
