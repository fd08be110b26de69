import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const MODULES = join(import.meta.dirname, '..', 'node_modules');

/** What the figures depend on. */
const PACKAGES = [
  '@aws-sdk/client-ssm',
  '@aws-sdk/client-secrets-manager',
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@aws-lambda-powertools/parameters',
  'aws-cdk-lib',
  'esbuild',
  'temporal-polyfill',
  'tinybench',
  'valibot',
];

/** When, on what, with what, and how busy it was: no name of a host. */
export function describeMachine(now: Date): readonly string[] {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`);
  return [
    `${now.toISOString().slice(0, 10)} · Node ${process.versions.node} · ${process.platform} ${process.arch}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${gigabytes} GB`,
    `load average at the start ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
    versions.join(' · '),
  ];
}

function versionOf(name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8'));
  return (manifest as { readonly version: string }).version;
}
