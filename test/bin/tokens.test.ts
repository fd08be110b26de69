import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleCli, CLI_BUNDLE } from '../../bin/bundle-cli.ts';
import { SimulatedCloud } from '../cli/cloud.ts';
import { tokens } from '../cli/run-tokens.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const MANIFEST = join(import.meta.dirname, '..', '..', 'package.json');

test('the bundled command line runs without node_modules', async () => {
  const directory = createTemporaryDirectory('tokens');
  await bundleCli(directory);
  copyFileSync(MANIFEST, join(directory, 'package.json'));
  const program = join(directory, CLI_BUNDLE);
  const { version, bin } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
    readonly version: string;
    readonly bin: Readonly<Record<string, string>>;
  };
  expect(bin).toEqual({ 'broker-tokens': `./${CLI_BUNDLE}` });
  expect(execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' }).trim()).toBe(version);

  const cloud = await SimulatedCloud.start({ kiwoom: { reissue: 'supersede' } });
  try {
    await cloud.runTicksAgo(60_000, 'kis-main', 'kiwoom-main');
    const shown = await tokens(cloud, ['status'], { program });
    expect(shown).toMatchObject({ code: 0, err: '', out: expect.stringContaining('kis-main') });
    const refreshed = await tokens(cloud, ['refresh', 'kiwoom-main'], { program });
    expect(refreshed).toMatchObject({ code: 0, out: expect.stringContaining('generation 2') });
  } finally {
    await cloud.stop();
  }
});
