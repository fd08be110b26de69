import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { temporaryDirectory } from '../temp-dir.ts';
import { install, nodeOf, ROOT, run } from './outside.ts';

const APPS = join(import.meta.dirname, 'apps');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
};

/** The lowest version that a range of package.json allows. */
function floor(range = ''): string {
  const [, major = '', minor = '0', patch = '0'] =
    /^(?:\^|>=)(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(range) ?? [];
  return `${major}.${minor}.${patch}`;
}

const OLDEST = {
  node: floor(MANIFEST.engines.node),
  cdk: floor(MANIFEST.peerDependencies['aws-cdk-lib']),
  constructs: floor(MANIFEST.peerDependencies['constructs']),
};

describe(`an app as older versions of "cdk init" create it, with aws-cdk-lib ${OLDEST.cdk}`, () => {
  const app = join(temporaryDirectory('floor'), 'trading');
  let node = '';

  beforeAll(() => {
    cpSync(join(APPS, 'floor'), app, { recursive: true });
    cpSync(join(APPS, 'cdk'), app, { recursive: true });
    node = nodeOf(OLDEST.node);
    install(app, `aws-cdk-lib@${OLDEST.cdk}`, `constructs@${OLDEST.constructs}`, inject('tarball'));
  });

  test('has the oldest versions that the package supports', () => {
    expect(installed(app, 'aws-cdk-lib')).toBe(OLDEST.cdk);
    expect(installed(app, 'constructs')).toBe(OLDEST.constructs);
    expect(run(app, 'node', ['--version'], node).trim()).toBe(`v${OLDEST.node}`);
  });

  test('passes the type check with CommonJS modules and their old resolution', () => {
    run(app, 'npm', ['run', 'build'], node);
  });

  test('passes its Jest tests, with cdk-nag 2', () => {
    expect(run(app, 'npm', ['test'], node)).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
  });

  test('runs the command line', () => {
    expect(run(app, 'broker-tokens', ['--help'], node)).toContain('status');
  });
});

/** The versions of aws-cdk-lib, for example `CDK_VERSIONS="2.240.0 2.260.0" npm run test:package -- cdk-app`. */
const VERSIONS = (process.env['CDK_VERSIONS'] ?? 'latest').split(' ');

describe.for(VERSIONS)('an app as "cdk init" creates it, with aws-cdk-lib %s', (version) => {
  const app = join(temporaryDirectory('latest'), 'trading');

  beforeAll(() => {
    mkdirSync(app);
    const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    run(app, 'node', [cdk, 'init', 'app', '--language', 'typescript', '--generate-only']);
    cpSync(join(APPS, 'cdk'), app, { recursive: true });
    install(app, `aws-cdk-lib@${version}`, inject('tarball'));
  });

  test('has no other Node than that of the machine', () => {
    expect(readdirSync(join(app, 'node_modules', '.bin'))).not.toContain('node');
  });

  test('passes the type check of all declarations', () => {
    run(app, 'npm', ['run', 'build', '--', '--skipLibCheck', 'false']);
  });

  test('passes its Jest tests', () => {
    expect(run(app, 'npm', ['test'])).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
  });

  test('is synthesized by the CDK with the functions of the package', () => {
    run(app, 'npx', ['cdk', 'synth', '--quiet', '--app', 'npx tsx bin/trading.ts']);
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

  test('imports the constructs in an ES module and requires them in a CommonJS one', () => {
    const use = "new TokenRefresher(new Stack(), 'Tokens').addCredential.name";
    const scripts = {
      module: `import { Stack } from 'aws-cdk-lib'; import { TokenRefresher } from 'broker-token-refresher'; console.log(${use})`,
      commonjs: `const { Stack } = require('aws-cdk-lib'); const { TokenRefresher } = require('broker-token-refresher'); console.log(${use})`,
    };
    for (const [type, script] of Object.entries(scripts))
      expect(run(app, 'node', [`--input-type=${type}`, '--eval', script]).trim(), type).toBe('addCredential');
  });
});

function installed(app: string, name: string): string {
  const manifest = readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
