import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOUR } from '../../cli/time.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { SimulatedCloud } from './cloud.ts';
import { KIS_AND_KIWOOM } from './cloud-options.ts';
import { runAtConsole } from './console.ts';
import { installHealthyStack } from './healthy-stack.ts';
import { allOutput, tokens } from './run-tokens.ts';

let cloud: SimulatedCloud;

beforeAll(async () => {
  cloud = await SimulatedCloud.start(KIS_AND_KIWOOM);
  await cloud.runTicksAgo(HOUR, 'kis-main', 'kiwoom-main');
  installHealthyStack(cloud);
});

afterAll(() => cloud.stop());

test('no command prints a key, and only "show --reveal" prints a token', async () => {
  const [kis, kiwoom] = [cloud.refresher.world.kis.keys[0], cloud.refresher.world.kiwoom.keys[0]];
  const stdin = JSON.stringify({ appkey: kiwoom?.appkey, secretkey: kiwoom?.secret });
  const directory = createTemporaryDirectory('probe');
  const lines: readonly (readonly string[])[] = [
    ['status'],
    ['status', 'kis-main'],
    ['explain', 'kis-main'],
    ['refresh', 'kiwoom-main'],
    ['revoke', 'kiwoom-main', '--yes', '--timeout', '5m'],
    ['show', 'kis-main'],
    ['doctor'],
    ['probe', 'kiwoom-main', '--yes', '--quick', '--report', directory],
    ['credentials', 'put', 'kiwoom-main', '--stdin', '--yes'],
    ['credentials', 'put', 'kis-main', '--stdin'],
  ];
  const codes: (number | null)[] = [];
  for (const line of lines)
    for (const json of [[], ['--json']]) {
      const options = line.includes('--stdin') ? { stdin } : {};
      codes.push((await runAtConsole(cloud, [...line, ...json], options)).code);
    }
  // The messages of failed broker and AWS calls contain more text than the output of a successful command.
  cloud.refresher.world.kiwoom.set({ refuseIssue: '8001' });
  codes.push((await tokens(cloud, ['refresh', 'kiwoom-main'])).code);
  cloud.deny('ssm:GetParameters');
  codes.push((await tokens(cloud, ['show', 'kis-main', '--reveal'])).code);
  cloud.errors.clear();
  expect(codes).toContain(0);
  expect(codes).toContain(1);
  expect(codes).toContain(3);

  const printed = allOutput.join('\n');
  expect(printed.length).toBeGreaterThan(10_000);
  expect(cloud.secrets.length).toBeGreaterThan(6);
  for (const secret of cloud.secrets) expect(printed.includes(secret), secret.slice(0, 8)).toBe(false);
  expect(printed).not.toContain(kis?.secret);

  const revealed = await runAtConsole(cloud, ['show', 'kis-main', '--reveal', '--json']);
  const { token } = JSON.parse(revealed.out) as { token: string };
  expect(cloud.secrets).toContain(token);
});
