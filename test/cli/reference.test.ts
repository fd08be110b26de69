import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { HOUR } from '../../cli/time.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { enableFleet } from './fleet/fleet-harness.ts';
import { installHealthyStack } from './healthy-stack.ts';
import { tokens } from './run-tokens.ts';

const DOCUMENTS = ['cli.md', 'cli-changes.md'] as const;
const pathOf = (name: string) => join(import.meta.dirname, '..', '..', 'docs', name);
const reference = () => DOCUMENTS.map((name) => readFileSync(pathOf(name), 'utf8')).join('\n');

/** Matches a code block that starts with a `--help` command and contains the output of that command. */
const HELP = /```\n\$ npx broker-tokens (.*--help)\n[^`]*```/g;

const cloud = await SimulatedCloud.start({
  credentials: [{ id: 'kiwoom-main', broker: 'kiwoom' }],
  kiwoom: { reissue: 'supersede' },
});
installHealthyStack(cloud);
enableFleet(cloud);

afterAll(() => cloud.stop());

test.each(DOCUMENTS)(
  'docs/%s contains the help of its commands ("vitest -u" updates the document)',
  async (name) => {
    let text = readFileSync(pathOf(name), 'utf8');
    const calls = [...text.matchAll(HELP)].map(([block, args = '']) => ({ block, args }));
    for (const { block, args } of calls) {
      const { out } = await runAtConsole(cloud, args.split(' '));
      // The documents omit the global options in the help of a single command.
      const help = out.replace(/\n\nGlobal Options:\n.*$/s, '').trimEnd();
      text = text.replace(block, `\`\`\`\n$ npx broker-tokens ${args}\n${help}\n\`\`\``);
    }
    await expect(text).toMatchFileSnapshot(pathOf(name));
  },
);

test('the reference documents of the command line contain the help of every command', async () => {
  const { out } = await tokens(cloud, ['--help']);
  const commands = [...out.matchAll(/^ {2}([a-z][a-z-]+)(?: \[options\])?(?: [<[]id[>\]])? {2,}/gm)].map(
    ([, name]) => name,
  );
  expect(commands).toHaveLength(12);
  const text = reference();
  for (const command of commands)
    expect(text).toMatch(new RegExp(`\\$ npx broker-tokens ${command}.*--help`));
});

describe('docs/cli.md lists every AWS permission of', () => {
  const directory = createTemporaryDirectory('probe');
  const stdin = '{"appkey":"FAKE-another","secretkey":"FAKE-secret"}';
  test.each([
    ['status', ['status']],
    ['status <id>', ['status', 'kiwoom-main']],
    ['explain', ['explain', 'kiwoom-main']],
    ['show', ['show', 'kiwoom-main', '--reveal']],
    ['refresh', ['refresh', 'kiwoom-main']],
    ['revoke', ['revoke', 'kiwoom-main', '--yes']],
    ['resume', ['resume', 'kiwoom-main']],
    ['doctor', ['doctor']],
    ['alarm-test', ['alarm-test', '--yes']],
    ['probe', ['probe', 'kiwoom-main', '--yes', '--quick', '--report', directory]],
    ['add', ['add', 'kiwoom-2', '--broker', 'kiwoom', '--market', 'paper']],
    ['remove', ['remove', 'kiwoom-2', '--yes']],
    ['credentials put', ['credentials', 'put', 'kiwoom-main', '--stdin', '--yes']],
  ] as const)('%s', async (command, args) => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    cloud.actions.length = 0;
    await runAtConsole(cloud, args, { stdin });
    const row = reference()
      .split('\n')
      .find((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${command}\``));
    const documented = [...(row ?? '').matchAll(/`([a-z]+:[A-Z]\w+)`/g)].map(([, action]) => action);
    // The simulated refresher calls these actions. The caller of the command needs no permission for them.
    const refreshers = ['ssm:PutParameter', 'ssm:GetParameter', 'secretsmanager:GetSecretValue'];
    const called = new Set(
      cloud.actions.filter((action) => documented.includes(action) || !refreshers.includes(action)),
    );
    expect(called.size).toBeGreaterThan(0);
    expect([...called].filter((action) => !documented.includes(action))).toEqual([]);
  });
});
