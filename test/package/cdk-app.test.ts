import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { install, installNode, oldestAllowedVersion, ROOT, remove, run } from './outside.ts';

const APPS = join(import.meta.dirname, 'apps');
const OLDEST = {
  node: oldestAllowedVersion('node'),
  cdk: oldestAllowedVersion('aws-cdk-lib'),
  constructs: oldestAllowedVersion('constructs'),
};

/**
 * Further CDK versions to test, for example `CDK_VERSIONS="2.250.0 2.268.0" npm run test:package -- cdk-app`.
 */
const MORE_VERSIONS = (process.env['CDK_VERSIONS'] ?? '').split(' ').filter((version) => version !== '');

describe.for([OLDEST.cdk, ...MORE_VERSIONS])(
  'a CDK app from an older "cdk init" with aws-cdk-lib %s',
  (cdk) => {
    const app = join(createTemporaryDirectory('older'), 'trading');
    const constructs = cdk === OLDEST.cdk ? OLDEST.constructs : '10';
    let node = '';

    afterAll(() => remove(app));
    beforeAll(async () => {
      cpSync(join(APPS, 'older'), app, { recursive: true });
      cpSync(join(APPS, 'cdk'), app, { recursive: true });
      node = await installNode(OLDEST.node);
      await install(app, `aws-cdk-lib@${cdk}`, `constructs@${constructs}`, inject('tarball'));
    });

    test('runs on the oldest supported Node.js with exactly this version of the CDK', async () => {
      expect(installed(app, 'aws-cdk-lib')).toBe(cdk);
      expect(`${installed(app, 'constructs')}.`).toContain(`${constructs}.`);
      expect((await run(app, 'node', ['--version'], node)).trim()).toBe(`v${OLDEST.node}`);
    });

    test('passes the type check with CommonJS modules and the module resolution of older projects', async () => {
      await run(app, 'npm', ['run', 'build'], node);
    });

    test('passes its Jest tests together with cdk-nag 2', async () => {
      expect(await run(app, 'npm', ['test'], node)).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
    });

    test('can run the command line', async () => {
      expect(await run(app, 'broker-tokens', ['--help'], node)).toContain('status');
    });
  },
);

describe('a CDK app from "cdk init" with the latest aws-cdk-lib', () => {
  const app = join(createTemporaryDirectory('latest'), 'trading');

  afterAll(() => remove(app));
  beforeAll(async () => {
    mkdirSync(app);
    const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    await run(app, 'node', [cdk, 'init', 'app', '--language', 'typescript', '--generate-only']);
    cpSync(join(APPS, 'cdk'), app, { recursive: true });
    await install(app, 'aws-cdk-lib@latest', inject('tarball'));
  });

  test('contains no Node.js executable in node_modules', () => {
    expect(readdirSync(join(app, 'node_modules', '.bin'))).not.toContain('node');
  });

  test('passes the type check with skipLibCheck set to false', async () => {
    await run(app, 'npm', ['run', 'build', '--', '--skipLibCheck', 'false']);
  });

  test('passes its Jest tests', async () => {
    expect(await run(app, 'npm', ['test'])).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
  });

  test('can be synthesized with the functions of the package', async () => {
    await run(app, 'npx', ['cdk', 'synth', '--quiet', '--app', 'npx tsx bin/trading.ts']);
    const output = join(app, 'cdk.out');
    const template = JSON.parse(readFileSync(join(output, 'TradingStack.template.json'), 'utf8')) as {
      readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: unknown }>>;
    };
    const functions = Object.values(template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    const assets = functions.flatMap(
      ({ Properties }) => /[0-9a-f]{64}/.exec(JSON.stringify(Properties)) ?? [],
    );
    expect(assets.length).toBeGreaterThanOrEqual(2);
    const contents = assets.map((hash) =>
      readdirSync(join(output, `asset.${hash}`))
        .sort()
        .join(),
    );
    expect(contents.filter((names) => names === 'index.js,package.json')).toHaveLength(2);
  });

  test('can import the constructs in an ES module and require them in a CommonJS module', async () => {
    const use = "new TokenRefresher(new Stack(), 'Tokens').addCredential.name";
    const scripts = {
      module: `import { Stack } from 'aws-cdk-lib'; import { TokenRefresher } from 'broker-token-refresher'; console.log(${use})`,
      commonjs: `const { Stack } = require('aws-cdk-lib'); const { TokenRefresher } = require('broker-token-refresher'); console.log(${use})`,
    };
    for (const [type, script] of Object.entries(scripts))
      expect((await run(app, 'node', [`--input-type=${type}`, '--eval', script])).trim(), type).toBe(
        'addCredential',
      );
  });
});

function installed(app: string, name: string): string {
  const manifest = readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
