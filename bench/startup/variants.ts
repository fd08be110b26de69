import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { build, type Metafile } from 'esbuild';
import { type BundleOptions, bundle, SETTINGS } from '../../bin/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CLIENTS = join(import.meta.dirname, 'entries', 'clients.ts');
const ONE_READ = join(import.meta.dirname, 'entries', 'one-read.ts');
const REFRESHER = join(ROOT, 'lambdas', 'refresher', 'handler.ts');
/** Inside of the project, so that what is not bundled is found in its node_modules. */
const ROOM = join(ROOT, 'dist', 'bench');

/** Ways to load a function, each by the file that a process requires. */
export interface Variants {
  /** The deployed one, made by the very code that makes it for a deployment. */
  readonly deployed: string;
  /** The same with the SDK's own search for credentials. */
  readonly untrimmed: string;
  readonly empty: string;
  /** The two SDK clients, bundled alike, but with the SDK's own search for credentials: the floor. */
  readonly clients: string;
  /** The same with the credentials of the environment only, as the deployed one has them. */
  readonly clientsTrimmed: string;
  /** The clients, trimmed, and one bare read. */
  readonly oneRead: string;
  /** The same handler as the CDK's NodejsFunction bundles it unless told otherwise: the SDK stays outside. */
  readonly nodejsFunction: string;
  /** The same handler as the compiler emits it, a module a file. */
  readonly unbundled: string;
}

export async function makeVariants(): Promise<{ readonly variants: Variants; readonly metafile: Metafile }> {
  rmSync(ROOM, { recursive: true, force: true });
  mkdirSync(ROOM, { recursive: true });
  writeFileSync(join(ROOM, 'package.json'), '{ "type": "commonjs" }\n');
  const deployed = optionsOf('deployed', REFRESHER);
  await bundle(deployed);
  const variants = {
    deployed: fileOf(deployed),
    empty: join(ROOM, 'empty.js'),
    untrimmed: await withWholeChain('untrimmed', REFRESHER),
    clients: await withWholeChain('clients', CLIENTS),
    clientsTrimmed: await trimmed('clients-trimmed', CLIENTS),
    oneRead: await trimmed('one-read', ONE_READ),
    nodejsFunction: byNodejsFunction(),
    unbundled: byCompiler(),
  };
  writeFileSync(variants.empty, '');
  const metafile = (await import(deployed.metafile, { with: { type: 'json' } })).default as Metafile;
  return { variants, metafile };
}

export function sizeOf(file: string): number {
  return statSync(file).size;
}

function optionsOf(name: string, entry: string): BundleOptions {
  return { entry, directory: join(ROOM, name), metafile: join(ROOM, `${name}.json`) };
}

function fileOf({ directory }: BundleOptions): string {
  return join(directory, 'index.js');
}

async function trimmed(name: string, entry: string): Promise<string> {
  const options = optionsOf(name, entry);
  await bundle(options);
  return fileOf(options);
}

/** The settings of bin/bundle.ts, without what it leaves out of the SDK. */
async function withWholeChain(name: string, entry: string): Promise<string> {
  const outfile = join(ROOM, name, 'index.js');
  await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    outfile,
    ...SETTINGS,
  });
  return outfile;
}

function byNodejsFunction(): string {
  const outdir = join(ROOM, 'cdk');
  const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'Bench');
  new NodejsFunction(stack, 'Function', {
    entry: REFRESHER,
    projectRoot: ROOT,
    runtime: Runtime.NODEJS_24_X,
    bundling: { logLevel: LogLevel.ERROR },
    depsLockFilePath: join(ROOT, 'package-lock.json'),
  });
  return only(globSync(join(outdir, 'asset.*', 'index.js')));
}

function byCompiler(): string {
  const outDir = join(ROOM, 'unbundled');
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const config = join(ROOM, 'tsconfig.json');
  const extended = { extends: '../../tsconfig.build.json', compilerOptions: { rootDir: '../..' } };
  writeFileSync(config, JSON.stringify({ ...extended, include: ['../../lambdas/refresher'] }));
  execFileSync(process.execPath, [tsc, '-p', config, '--declaration', 'false', '--outDir', outDir]);
  writeFileSync(join(outDir, 'package.json'), '{ "type": "module" }\n');
  return join(outDir, 'lambdas', 'refresher', 'handler.js');
}

function only(files: readonly string[]): string {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) throw new Error(`expected one bundle, got ${files.length}`);
  return file;
}
