import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { install, installNode, oldestAllowedVersion, ROOT, remove, run, runModules } from './outside.ts';

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

  test('can be synthesized with the Lambda functions of the package', async () => {
    await run(app, 'npx', ['cdk', 'synth', '--quiet', '--app', 'npx tsx bin/trading.ts']);
    const output = join(app, 'cdk.out');
    const template = readFileSync(join(output, 'TradingStack.template.json'), 'utf8');
    const { Resources } = JSON.parse(template) as { Resources: Record<string, { readonly Type: string }> };
    const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
    const assets = functions.flatMap((each) => /[0-9a-f]{64}/.exec(JSON.stringify(each)) ?? []);
    const contents = assets.map((hash) => readdirSync(join(output, `asset.${hash}`)).sort());
    expect(contents.filter((names) => names.join() === 'index.js,package.json')).toHaveLength(2);
  });

  test('can import the constructs in an ES module and require them in a CommonJS module', async () => {
    const imports = `import { Stack } from 'aws-cdk-lib'; import { TokenRefresher } from 'broker-token-refresher';`;
    const use = `new TokenRefresher(new Stack(), 'Tokens').addCredential.name`;
    const printed = await runModules(app, `${imports} console.log(${use})`);
    expect(printed).toEqual({ module: 'addCredential\n', commonjs: 'addCredential\n' });
  });
});

function installed(app: string, name: string): string {
  const manifest = readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
