import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Runs the app as the CDK CLI does, with the context and the output directory in environment variables. */
function runApp(brokerTokens: unknown): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      CDK_OUTDIR: createTemporaryDirectory('app'),
      CDK_CONTEXT_JSON: JSON.stringify({ brokerTokens }),
    },
  });
  return { status, stderr };
}

test('the CDK app prints all problems of an invalid configuration without a stack trace', () => {
  const { status, stderr } = runApp({
    checkEvery: '90s',
    credentials: [{ id: 'kis-paper', broker: 'kiss', market: 'paper', secret: { create: true } }],
  });
  expect(status).toBe(1);
  expect(stderr).toContain('has 2 problems');
  expect(stderr).toContain('did you mean "kis"?');
  expect(stderr).toContain('use "2m"');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain('Error:');
});

test('the CDK app fails and explains how to configure the app if the configuration is missing', () => {
  const { status, stderr } = runApp(undefined);
  expect(status).toBe(1);
  expect(stderr).toContain('fill in context.brokerTokens of cdk.json');
});
