import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { ALARMS } from '../../lambdas/shared/names.ts';
import { names } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { enableFleet } from './fleet/fleet-harness.ts';
import { doctor, installHealthyStack, type StackResources } from './healthy-stack.ts';
import { STACK_FAULTS } from './stack-faults.ts';
import { changeState } from './states.ts';

const cloud = await SimulatedCloud.start({
  credentials: [
    { id: 'kis-main', broker: 'kis', sessions: [{ preset: 'nxt' }] },
    { id: 'kiwoom-main', broker: 'kiwoom', market: 'live' },
    { id: 'kiwoom-paper', broker: 'kiwoom' },
  ],
});
await cloud.tick('kis-main', 'kiwoom-paper');
let stack: StackResources;

afterAll(() => cloud.stop());

beforeEach(() => {
  cloud.errors.clear();
  cloud.clockOffset = 0;
  stack = installHealthyStack(cloud);
  stack.function['VpcConfig'] = { SubnetIds: ['subnet-fake'] };
  stack.outputs['EgressAddress'] = '203.0.113.7';
});

/** Returns the findings that are not ok, except for kiwoom-main, which has no token. */
async function problems(): Promise<readonly Finding[]> {
  const { findings } = await doctor(cloud);
  return findings.filter(({ status, text }) => status !== 'ok' && !text.startsWith('kiwoom-main'));
}

/** Expects a finding with these texts. */
const finding = (status: Finding['status'], text: RegExp, fix: string) => ({
  status,
  text: expect.stringMatching(text),
  fix: expect.stringContaining(fix),
});

describe('the command "doctor"', () => {
  test('finds no problem in a healthy stack, and prints the IP address to register with the broker', async () => {
    const { findings } = await doctor(cloud);
    expect(await problems()).toEqual([]);
    expect(findings.length).toBeGreaterThan(15);
    const text = /outbound IP address is 203\.0\.113\.7\. For kiwoom-main, register this address with Kiwoom/;
    expect(findings).toContainEqual({ status: 'ok', text: expect.stringMatching(text) });
  });

  test.each(STACK_FAULTS)(
    'reports the fault "%s" of the stack, and prints the fix "%s"',
    async (text, fix, apply) => {
      apply(stack);
      expect(await problems()).toMatchObject([
        { text: expect.stringContaining(text), fix: expect.stringContaining(fix) },
      ]);
    },
  );

  test('reports a live Kiwoom key if the stack has dynamic outbound IP addresses', async () => {
    stack.function['VpcConfig'] = {};
    const text = /dynamic outbound IP addresses, but kiwoom-main needs a registered one/;
    expect(await problems()).toEqual([finding('failed', text, '"kind":"static"')]);
  });

  test('reports a deleted config parameter, and does not suggest deleting the token and state parameters', async () => {
    const { aws } = cloud.refresher.world;
    const { config } = names('kis-main');
    const value = aws.parameter(config)?.value ?? '';
    aws.deleteParameter(config);
    stack.parameters = stack.parameters.filter(({ Name }) => Name !== config);
    const { code, findings } = await doctor(cloud);
    aws.putParameter(config, value);
    expect(code).toBe(1);
    const text = /kis-main: the parameter \/broker-tokens\/kis-main\/config does not exist/;
    expect(findings).toContainEqual(finding('failed', text, 'docs/runbook.md#refusedmessages'));
    expect(findings.filter(({ fix }) => fix?.includes('delete-parameters'))).toEqual([]);
  });

  test('reports a credential without a token', async () => {
    const { code, findings } = await doctor(cloud);
    expect(code).toBe(1);
    expect(findings).toContainEqual(finding('failed', /^kiwoom-main: there is no live token/, 'first token'));
  });

  const pending = { credentialsChanged: { since: Date.now() } };
  test.each([
    ['a suspect token', { health: 'suspect' }, {}, /^kis-main: the token is suspect .*verifies it first/],
    ['a dead token', { health: 'dead' }, {}, /^kis-main: there is no live token\. .*is dead/],
    ['a paused credential', { health: 'dead' }, { paused: true }, /^kis-main is paused/],
    [
      'a pending request',
      {},
      { pending },
      /^kis-main: CredentialsChanged: the secret was reported as changed/,
    ],
  ] as const)('reports %s as a problem', async (_, token, changes, text) => {
    const restoreState = changeState(cloud, 'kis-main', changes, token);
    const found = await problems();
    restoreState();
    expect(found).toContainEqual({
      status: expect.stringMatching(/warning|failed/),
      text: expect.stringMatching(text),
      fix: expect.any(String),
    });
  });

  test.each([
    [120, 'failed', /clock of this machine is 1(19|20|21) s behind AWS/],
    [-7, 'warning', /clock of this machine is [678] s ahead of AWS/],
  ] as const)(
    'reports a difference of %i s between the clocks of the machine and of AWS',
    async (seconds, status, text) => {
      cloud.clockOffset = seconds * 1000;
      expect(await problems()).toEqual([finding(status, text, 'timedatectl')]);
    },
  );

  test('prints the missing permission of each denied check, and runs the other checks', async () => {
    const denied = [
      'kms:DescribeKey',
      'kms:GetKeyPolicy',
      'lambda:ListEventSourceMappings',
      'scheduler:GetSchedule',
    ];
    for (const action of denied) cloud.deny(action);
    stack.topic['SubscriptionsConfirmed'] = '0';
    const found = await problems();
    const unknown = found.filter(({ status }) => status === 'unknown').map(({ fix }) => fix);
    expect(unknown.sort()).toEqual(denied.map((action) => `The required permission is ${action}.`));
    expect(found).toContainEqual(finding('failed', /has no confirmed subscription/, 'aws sns subscribe'));
  });

  test('wraps its output to the 80 columns of the terminal, except for commands', async () => {
    stack.topic['SubscriptionsConfirmed'] = '0';
    Object.assign(stack.alarms[0] ?? {}, { ActionsEnabled: false });
    const { out } = await runAtConsole(cloud, ['doctor'], { columns: 80 });
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([
      expect.stringMatching(/^ {4}→ aws cloudwatch enable-alarm-actions --alarm-names \S+$/),
    ]);
    expect(out).toMatch(/\n\d+ ok, .*[23] failed/);
  });
});

describe('the command "doctor" for a fleet credential', () => {
  beforeAll(() => {
    const key = JSON.stringify({ appkey: 'PSFAKEkis2', appsecret: 'FAKE' });
    cloud.refresher.world.aws.putSecret('broker-tokens/kis-2', key);
  });

  beforeEach(async () => {
    const [template] = stack.alarms;
    if (template === undefined) throw new Error('the stack has no alarm');
    for (const chapter of ALARMS.fleet)
      stack.alarms.push({ ...template, AlarmName: `BrokerTokens-${chapter}` });
    enableFleet(cloud);
    await runAtConsole(cloud, ['add', 'kis-2', '--broker', 'kis', '--market', 'paper']);
  });

  /** Returns the findings about schedules, alarms and ticks, without the findings about the missing token. */
  const fleetProblems = async () =>
    (await problems()).filter(({ text }) => /schedule|alarm|Fleet|tick|belong to no/.test(text));

  test('finds no problem if the schedule, the alarms and the parameters of the fleet exist', async () => {
    for (const name of ['fleet', 'fleet-monitor'])
      stack.parameters.push({ Name: `/broker-tokens/${name}`, Type: 'String' });
    const { findings } = await doctor(cloud);
    expect(await fleetProblems()).toEqual([]);
    expect(findings).toContainEqual({ status: 'ok', text: 'kis-2: a tick every 5 min.' });
    // A fleet credential has no metric of its own.
    expect(findings.filter(({ text }) => /kis-2: .*last tick/.test(text))).toEqual([]);
  });

  test('reports a deleted alarm of the fleet', async () => {
    stack.alarms = stack.alarms.filter(({ AlarmName }) => AlarmName !== 'BrokerTokens-FleetActionRequired');
    const text = 'The alarm BrokerTokens-FleetActionRequired does not exist.';
    expect(await fleetProblems()).toMatchObject([{ text }]);
  });
});
