import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { HOUR } from '../../cli/time.ts';
import { KIWOOM_KEY, names } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { enableFleet } from './fleet/fleet-harness.ts';
import { KIWOOM } from './fleet/invalid-options.ts';
import { doctor, installHealthyStack } from './healthy-stack.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCTOR = join(ROOT, 'cli', 'doctor');
const REFERENCE = join(ROOT, 'docs', 'cli.md');
const ID = 'kiwoom-main';
const KEY = JSON.stringify({ appkey: KIWOOM_KEY.appkey, secretkey: KIWOOM_KEY.secret });
const NEW_SECRET = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-tokens/new';

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = await SimulatedCloud.start({
    credentials: [{ id: ID, broker: 'kiwoom' }],
    kiwoom: { reissue: 'supersede' },
  });
  await cloud.runTicksAgo(HOUR, ID);
  return () => cloud.stop();
});

/** Returns the finding of doctor that matches `text`. */
async function finding(text: RegExp): Promise<Finding | undefined> {
  return (await doctor(cloud)).findings.find((each) => text.test(each.text));
}

/** The faults that a command of this project fixes. */
const FIXES: readonly [command: string, fault: () => unknown, text: RegExp][] = [
  ['resume', () => cloud.refresher.send({ credential: ID, cause: 'revoke', reissue: false }), /is paused/],
  ['credentials put', () => cloud.changeConfig(ID, { secretArn: NEW_SECRET }), /there is no secret/],
];

test.each(FIXES)(
  'the command "%s" that "doctor" prints as a fix removes the finding',
  async (command, fault, text) => {
    await fault();
    installHealthyStack(cloud);
    expect((await finding(text))?.fix).toBe(`npx broker-tokens ${command} ${ID}`);
    const options = command === 'credentials put' ? ['--stdin', '--yes'] : [];
    const { code } = await runAtConsole(cloud, [...command.split(' '), ID, ...options], { stdin: KEY });
    expect(code).toBe(0);
    expect(await finding(text)).toBeUndefined();
  },
);

test('the command "add" that "doctor" prints as a fix creates the deleted schedule of a fleet credential again', async () => {
  installHealthyStack(cloud);
  const schedules = enableFleet(cloud);
  const add = () => runAtConsole(cloud, ['add', 'kiwoom-2', ...KIWOOM]);
  await add();
  schedules.clear();
  const text = /kiwoom-2: there is no schedule/;
  expect((await finding(text))?.fix).toContain('npx broker-tokens add kiwoom-2');
  expect((await add()).code).toBe(0);
  expect(await finding(text)).toBeUndefined();
});

test('after the fix that "doctor" prints for an unencrypted token, the next tick encrypts the token', async () => {
  const { aws } = cloud.refresher.world;
  const name = names(ID).token;
  const token = aws.parameter(name)?.value ?? '';
  aws.deleteParameter(name);
  aws.putParameter(name, token, 'String');
  installHealthyStack(cloud);
  const text = /the token is not encrypted/;
  expect((await finding(text))?.fix).toContain(`aws ssm delete-parameter --name ${name}`);
  aws.deleteParameter(name);
  await cloud.tick(ID);
  expect(aws.parameter(name)).toMatchObject({ type: 'SecureString' });
  installHealthyStack(cloud);
  expect(await finding(text)).toBeUndefined();
});

test('docs/cli.md lists exactly the fix commands of "doctor" that no test runs', () => {
  const source = readdirSync(DOCTOR).map((file) => readFileSync(join(DOCTOR, file), 'utf8'));
  const commands = /(?:aws [a-z]+ [a-z-]+|npx cdk deploy(?: --revert-drift)?|timedatectl set-ntp true)/g;
  const printed = new Set(source.flatMap((text) => text.match(commands) ?? []));
  const deployed = join(ROOT, 'test', 'deploy', 'operations.test.ts');
  const tests = [import.meta.filename, deployed].map((file) => readFileSync(file, 'utf8')).join('\n');
  const untested = [...printed].filter((command) => !new RegExp(`[\`']${command}(?: --|')`).test(tests));
  const documented = /\*\*No test\s+runs these commands\*\*[^:]*:\n\n((?:- .*\n)+)/.exec(
    readFileSync(REFERENCE, 'utf8'),
  );
  expect(documented?.[1]?.trim().split('\n')).toEqual(untested.sort().map((command) => `- \`${command}\``));
});
