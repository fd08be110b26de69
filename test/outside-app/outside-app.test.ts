import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, stage } from '../../bin/package.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PACKAGE = 'broker-token-refresher';

/** A project of its own, into which the package is installed as npm would. */
const project = mkdtempSync(join(tmpdir(), 'broker-tokens-outside-app-'));
const installed = join(project, 'node_modules', PACKAGE);

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

beforeAll(async () => {
  const built = mkdtempSync(join(tmpdir(), 'broker-tokens-built-'));
  await build(built);
  stage(built, installed);
  // What npm would install beside it: what it depends on, and what an app has anyway.
  for (const name of ['aws-cdk-lib', 'constructs', 'valibot', 'temporal-polyfill', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
  for (const name of ['app.ts', 'tsconfig.json'])
    copyFileSync(join(import.meta.dirname, name), join(project, name));
});

describe('the package', () => {
  const manifest = (): Record<string, unknown> =>
    JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;

  test('has what is imported, what is deployed, and what alarms refer to', () => {
    const needed = [
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      'dist/lambda/index.js',
      'dist/cleanup/index.js',
      'dist/fleet-monitor/index.js',
    ];
    for (const file of [...needed, 'docs/runbook.md', 'README.md', 'LICENSE']) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
  });

  test('has no sources, no tests and no simulator', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed, join(entry.parentPath, entry.name)));
    const strange = files.filter(
      (file) =>
        !/^dist\/tokens\.js$|^(?:dist\/(?:lib|lambdas|reader|cjs|lambda|cleanup|fleet-monitor)|docs)\/|^examples\/[\w/-]+\.(?:ts|py|sh)$|^[A-Z]+(?:\.ko)?(?:\.md)?$|^package\.json$/.test(
          file,
        ),
    );
    expect(strange).toEqual([]);
    const sources = files.filter((file) => !file.startsWith('examples/'));
    expect(sources.filter((file) => /(?<!\.d)\.ts$|(?:^|\/)simulator\/|\.test\./.test(file))).toEqual([]);
  });

  test('takes along what it needs at synth, and neither a CDK of its own nor Node itself', () => {
    expect(manifest()['dependencies']).toEqual({
      'temporal-polyfill': expect.any(String),
      valibot: expect.any(String),
    });
    expect(manifest()['peerDependencies']).toMatchObject({ 'aws-cdk-lib': expect.any(String) });
    const optional = Object.keys(manifest()['peerDependenciesMeta'] as object);
    expect(optional).toEqual(Object.keys(manifest()['peerDependencies'] as object));
    for (const key of ['optionalDependencies', 'devDependencies', 'scripts', 'private']) {
      expect(manifest()).not.toHaveProperty([key]);
    }
  });
});

describe('the reader of the package', () => {
  const node = (...args: readonly string[]) =>
    execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' }).trim();
  const use = "createTokenReader({ credential: 'kis-main' }).constructor.name";

  test('is there for programs that import and for those that require, without an SDK until it reads', () => {
    const from = "'broker-token-refresher/reader'";
    expect(
      node('--input-type=module', '-e', `import { createTokenReader } from ${from}; console.log(${use})`),
    ).toBe('TokenReader');
    expect(
      node(
        '--input-type=commonjs',
        '-e',
        `const { createTokenReader } = require(${from}); console.log(${use})`,
      ),
    ).toBe('TokenReader');
  });

  test('and the package as a whole are as publint and are-the-types-wrong want them', () => {
    const packed = mkdtempSync(join(tmpdir(), 'broker-tokens-packed-'));
    execFileSync('npm', ['pack', installed, '--pack-destination', packed], { stdio: 'ignore' });
    const [archive = ''] = readdirSync(packed);
    const tool = (name: string, ...args: readonly string[]) =>
      execFileSync(process.execPath, [join(ROOT, 'node_modules', name), ...args], { encoding: 'utf8' });
    expect(tool('publint/src/cli.js', 'run', join(packed, archive), '--strict')).toContain('All good!');
    // The constructs are ES modules only: Node requires those since 20.19. node10 knows no exports.
    const wrong = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'];
    // It ends with an error if it finds one.
    expect(() => tool('@arethetypeswrong/cli/dist/index.js', join(packed, archive), ...wrong)).not.toThrow();
  });
});

describe('an app that uses the package', () => {
  test('passes the type check with the types of the package', () => {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const run = () => execFileSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
    expect(run).not.toThrow();
  });

  test('is synthesized by plain Node, with the functions of the package and the rights of the consumer', () => {
    const output = join(project, 'cdk.out');
    mkdirSync(output);
    execFileSync(process.execPath, ['app.ts'], { cwd: project, env: { ...process.env, CDK_OUTDIR: output } });
    const template = JSON.parse(readFileSync(join(output, 'Trading.template.json'), 'utf8')) as {
      Resources: Record<string, Resource>;
    };
    const resources = Object.entries(template.Resources);
    const names = resources.filter(([, { Type }]) => Type === 'AWS::SSM::Parameter');
    expect(names.map(([, { Properties }]) => Properties['Name'])).toEqual([
      '/broker-tokens/kis-main/config',
      '/broker-tokens/kiwoom-main/config',
    ]);

    const [, policy] = resources.find(([id]) => id.startsWith('ConsumerServiceRoleDefaultPolicy')) ?? [];
    const text = JSON.stringify(policy?.Properties);
    for (const name of ['kis-main/token', 'kis-main/state', 'kiwoom-main/token'])
      expect(text).toContain(name);
    expect(text).toContain('sns:Publish');
    expect(text).not.toMatch(/secretsmanager|sqs:|ssm:Put|config/);

    const code = resources
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([, { Properties }]) => (Properties['Code'] as { S3Key?: string }).S3Key?.replace('.zip', ''))
      .filter((key) => key !== undefined);
    expect(code).toHaveLength(2);
    for (const key of code) {
      expect(readdirSync(join(output, `asset.${key}`)).sort()).toEqual(['index.js', 'package.json']);
    }
  });
});
