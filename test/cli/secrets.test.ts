import { afterAll, expect, test } from 'vitest';
import { HOUR } from '../../cli/time.ts';
import { KIWOOM_KEY } from '../../simulator/world.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { KIS_AND_KIWOOM, SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { installHealthyStack } from './healthy-stack.ts';

const cloud = await SimulatedCloud.start(KIS_AND_KIWOOM);
await cloud.runTicksAgo(HOUR, 'kis-main', 'kiwoom-main');
installHealthyStack(cloud);

afterAll(() => cloud.stop());

test('no command prints a key, and only "show --reveal" prints a token', async () => {
  const stdin = JSON.stringify({ appkey: KIWOOM_KEY.appkey, secretkey: KIWOOM_KEY.secret });
  const run = (...args: readonly string[]) =>
    runAtConsole(cloud, args, args.includes('--stdin') ? { stdin } : {});
  const commands: readonly (readonly string[])[] = [
    ['status'],
    ['status', 'kis-main'],
    ['explain', 'kis-main'],
    ['refresh', 'kiwoom-main'],
    ['revoke', 'kiwoom-main', '--yes', '--timeout', '5m'],
    ['show', 'kis-main'],
    ['doctor'],
    ['probe', 'kiwoom-main', '--yes', '--quick', '--report', createTemporaryDirectory('probe')],
    ['credentials', 'put', 'kiwoom-main', '--stdin', '--yes'],
    ['credentials', 'put', 'kis-main', '--stdin'],
  ];
  const results = [];
  for (const args of commands) results.push(await run(...args), await run(...args, '--json'));
  // The error messages of failed broker and AWS calls must not contain a key or a token, either.
  cloud.refresher.world.kiwoom.set({ refuseIssue: '8001' });
  results.push(await run('refresh', 'kiwoom-main'));
  cloud.deny('ssm:GetParameters');
  results.push(await run('show', 'kis-main', '--reveal'));
  cloud.errors.clear();
  expect(new Set(results.map(({ code }) => code))).toEqual(new Set([0, 1, 3]));

  const printed = results.map(({ out, err }) => out + err).join('\n');
  expect(printed.length).toBeGreaterThan(10_000);
  expect(cloud.secrets.length).toBeGreaterThan(6);
  for (const secret of cloud.secrets) expect(printed.includes(secret), secret.slice(0, 8)).toBe(false);

  const { token } = JSON.parse((await run('show', 'kis-main', '--reveal', '--json')).out) as {
    token: string;
  };
  expect(cloud.secrets).toContain(token);
});
