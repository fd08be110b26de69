import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { createEmptyApp, install, installNode, oldestAllowedVersion, run, typeCheck } from './outside.ts';

/** An app that uses the reader without the CDK and without an SDK client. */
const app = createEmptyApp('reader', { type: 'module' });
const modules = join(app, 'node_modules');

let messages = '';

beforeAll(async () => {
  messages = await install(app, inject('tarball'));
  cpSync(join(import.meta.dirname, 'apps', 'reader'), app, { recursive: true });
});

describe('an app that installs the package for the reader', () => {
  test('installs no other package and no Node.js, and gets no warning', () => {
    expect(messages).not.toMatch(/npm warn (?!Unknown)/);
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['broker-token-refresher']);
    expect(readdirSync(join(modules, '.bin'))).toEqual(['broker-tokens']);
  });

  test('can import and require the reader', async () => {
    const use = "createTokenReader({ credential: 'kis-main' }).constructor.name";
    const scripts = {
      module: `import { createTokenReader } from 'broker-token-refresher/reader'; console.log(${use})`,
      commonjs: `const { createTokenReader } = require('broker-token-refresher/reader'); console.log(${use})`,
    };
    for (const [type, script] of Object.entries(scripts))
      expect((await run(app, 'node', [`--input-type=${type}`, '--eval', script])).trim(), type).toBe(
        'TokenReader',
      );
  });

  test('passes the type check without the AWS SDK', async () => {
    // `typeCheck` throws an error if the type check finds a problem.
    await expect(typeCheck(app)).resolves.toBeUndefined();
  });

  test.for(['esm/reader', 'reader'])(
    'can bundle and run a program with dist/%s, without an SDK client',
    async (folder) => {
      const outfile = join(createTemporaryDirectory('bundled'), 'trade.cjs');
      const reader = join(modules, 'broker-token-refresher', 'dist', folder, 'index.js');
      await build({
        entryPoints: [join(app, 'trade.ts')],
        alias: { 'broker-token-refresher/reader': reader },
        outfile,
        bundle: true,
        platform: 'node',
        logLevel: 'silent',
      });
      expect(await run(createTemporaryDirectory('elsewhere'), 'node', [outfile])).toBe('Bearer FAKE-TOKEN');
    },
  );

  test('can show the help of the command line', async () => {
    expect(await run(app, 'broker-tokens', ['--help'])).toContain('status');
  });
});

describe('an app that uses the reader with the oldest supported SDK clients and Node.js version', () => {
  const clients = ['@aws-sdk/client-ssm', '@aws-sdk/client-sns'];
  const sdkApp = createEmptyApp('sdk', { type: 'module' });

  beforeAll(async () => {
    await install(
      sdkApp,
      inject('tarball'),
      ...clients.map((name) => `${name}@${oldestAllowedVersion(name)}`),
    );
    cpSync(join(import.meta.dirname, 'apps', 'sdk'), sdkApp, { recursive: true });
  });

  test('passes the type check, and reads the token with an SSM client that the app creates', async () => {
    await expect(typeCheck(sdkApp)).resolves.toBeUndefined();
    const outfile = join(sdkApp, 'read.js');
    await build({ entryPoints: [join(sdkApp, 'read.ts')], outfile, format: 'esm', logLevel: 'silent' });
    expect(await run(sdkApp, 'node', [outfile], await installNode(oldestAllowedVersion('node')))).toBe(
      'Bearer FAKE-TOKEN',
    );
  });
});
