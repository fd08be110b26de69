import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { ALARMS } from '../../lambdas/shared/names.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { names } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { enableFleet } from './fleet/fleet-harness.ts';
import { installHealthyStack, type StackResources } from './healthy-stack.ts';
import { STACK_FAULTS } from './stack-faults.ts';
import { changeState } from './states.ts';

let cloud: SimulatedCloud;
let stack: StackResources;

beforeAll(async () => {
  cloud = await SimulatedCloud.start({
    credentials: [
      { id: 'kis-main', broker: 'kis', sessions: [{ preset: 'nxt' }] },
      { id: 'kiwoom-main', broker: 'kiwoom', market: 'live' },
      { id: 'kiwoom-paper', broker: 'kiwoom' },
    ],
  });
  await cloud.tick('kis-main', 'kiwoom-paper');
});

afterAll(() => cloud.stop());

beforeEach(() => {
  cloud.errors.clear();
  cloud.dateAhead = 0;
  stack = installHealthyStack(cloud);
  stack.function['VpcConfig'] = { SubnetIds: ['subnet-fake'] };
  stack.outputs['EgressAddress'] = '203.0.113.7';
});

async function doctor(): Promise<{ code: number | null; findings: readonly Finding[] }> {
  const { code, out } = await runAtConsole(cloud, ['doctor', '--json']);
  const { areas } = JSON.parse(out) as { areas: { findings: Finding[] }[] };
  return { code, findings: areas.flatMap(({ findings }) => findings) };
}

/** Returns the findings that are not ok, except for kiwoom-main, which has no token. */
const problems = (findings: readonly Finding[]) =>
  findings.filter(({ status, text }) => status !== 'ok' && !text.startsWith('kiwoom-main'));

describe('the command "doctor"', () => {
  test('finds no problem in a healthy stack', async () => {
    await cloud.tick('kis-main');
    const { findings } = await doctor();
    expect(problems(findings)).toEqual([]);
    expect(findings.length).toBeGreaterThan(15);
  });

  test.each(STACK_FAULTS)('reports %s and prints the fix', async (_, apply, text, fix) => {
    apply(stack);
    const { findings } = await doctor();
    expect(problems(findings)).toMatchObject([
      { text: expect.stringMatching(text), fix: expect.stringMatching(fix) },
    ]);
  });

  test('reports a live Kiwoom key if the stack has dynamic outbound IP addresses', async () => {
    stack.function['VpcConfig'] = {};
    const { findings } = await doctor();
    expect(findings).toContainEqual({
      status: 'failed',
      text: expect.stringMatching(/dynamic outbound IP addresses, but kiwoom-main needs a registered one/),
      fix: expect.stringMatching(/"kind":"static"/),
    });
  });

  test('prints the IP address to register with the broker', async () => {
    const { findings } = await doctor();
    const text = /outbound IP address is 203\.0\.113\.7\. For kiwoom-main, register this address with Kiwoom/;
    expect(findings.map((each) => each.text)).toContainEqual(expect.stringMatching(text));
  });

  test('reports a deleted config parameter, and does not suggest deleting the token and state parameters', async () => {
    const { aws } = cloud.refresher.world;
    const { config } = names('kis-main');
    const value = aws.parameter(config)?.value ?? '';
    aws.deleteParameter(config);
    stack.parameters = stack.parameters.filter(({ Name }) => Name !== config);
    const { code, findings } = await doctor();
    aws.putParameter(config, value);
    expect(code).toBe(1);
    expect(findings).toContainEqual({
      status: 'failed',
      text: expect.stringContaining(`kis-main: the parameter ${config} does not exist`),
      fix: expect.stringContaining('docs/runbook.md#refusedmessages'),
    });
    expect(findings.filter(({ fix }) => fix?.includes('delete-parameters'))).toEqual([]);
  });

  test('reports a credential without a token', async () => {
    const { code, findings } = await doctor();
    expect(code).toBe(1);
    expect(findings).toContainEqual({
      status: 'failed',
      text: expect.stringMatching(/^kiwoom-main: there is no live token/),
      fix: expect.stringContaining('first token'),
    });
  });

  test.each([
    ['a suspect token', { health: 'suspect' }, {}, /^kis-main: the token is suspect .*verifies it first/],
    ['a dead token', { health: 'dead' }, {}, /^kis-main: there is no live token\. .*is dead/],
    ['a paused credential', { health: 'dead' }, { paused: true }, /^kis-main is paused/],
    [
      'a pending request',
      {},
      { pending: { credentialsChanged: { since: Date.now() } } },
      /^kis-main: CredentialsChanged: the secret was reported as changed/,
    ],
  ] as const)('finds %s', async (_, token, changes, text) => {
    const before = formatState(cloud.state('kis-main'));
    changeState(cloud, 'kis-main', changes, token);
    const { findings } = await doctor();
    cloud.refresher.world.aws.putParameter(names('kis-main').state, before);
    expect(problems(findings)).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(text), fix: expect.any(String) }),
    );
  });

  test.each([
    [120, 'failed', /clock of this machine is 1(19|20|21) s behind AWS/],
    [-7, 'warning', /clock of this machine is [678] s ahead of AWS/],
  ])('reports a clock of this machine that differs by %i seconds from AWS', async (seconds, status, text) => {
    cloud.dateAhead = seconds * 1000;
    const { findings } = await doctor();
    expect(problems(findings)).toEqual([
      { status, text: expect.stringMatching(text), fix: expect.stringContaining('timedatectl') },
    ]);
  });

  test('prints the missing permission of each denied check, and runs the other checks', async () => {
    const denied = [
      'scheduler:GetSchedule',
      'kms:GetKeyPolicy',
      'lambda:ListEventSourceMappings',
      'kms:DescribeKey',
    ];
    for (const action of denied) cloud.deny(action);
    stack.topic['SubscriptionsConfirmed'] = '0';
    const { findings } = await doctor();
    const unknown = findings.filter(({ status }) => status === 'unknown').map(({ fix }) => fix);
    expect(unknown.sort()).toEqual(denied.map((action) => `The required permission is ${action}.`).sort());
    expect(problems(findings)).toContainEqual(
      expect.objectContaining({ text: 'The alarm topic has no confirmed subscription.' }),
    );
  });

  test('wraps its output to the 80 columns of the terminal, except for commands', async () => {
    stack.topic['SubscriptionsConfirmed'] = '0';
    Object.assign(stack.alarms[0] ?? {}, { ActionsEnabled: false });
    const { out } = await runAtConsole(cloud, ['doctor'], { columns: 80 });
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([
      expect.stringMatching(/^ {4}→ aws cloudwatch enable-alarm-actions --alarm-names \S+$/),
    ]);
    expect(out).toMatch(/\n\d+ ok, .*2 failed|\n\d+ ok, .*3 failed/);
  });
});

describe('the command "doctor" for a fleet credential', () => {
  let schedules: ReturnType<typeof enableFleet>;

  beforeAll(() => {
    const key = JSON.stringify({ appkey: 'PSFAKEkis2', appsecret: 'FAKE' });
    cloud.refresher.world.aws.putSecret('broker-tokens/kis-2', key);
  });

  beforeEach(async () => {
    const [template] = stack.alarms;
    if (template === undefined) throw new Error('the stack has no alarm');
    for (const chapter of ALARMS.fleet)
      stack.alarms.push({ ...template, AlarmName: `BrokerTokens-${chapter}` });
    schedules = enableFleet(cloud);
    await runAtConsole(cloud, ['add', 'kis-2', '--broker', 'kis', '--market', 'paper']);
  });

  /** Returns the findings about schedules and alarms, without the findings about the missing token. */
  const fleetProblems = (findings: readonly Finding[]) =>
    problems(findings).filter(({ text }) => /schedule|alarm|Fleet/.test(text));

  test('finds no problem in the schedule of the credential and the alarms of the fleet', async () => {
    const { findings } = await doctor();
    expect(fleetProblems(findings)).toEqual([]);
    expect(findings).toContainEqual({ status: 'ok', text: 'kis-2: a tick every 5 min.' });
  });

  test('does not report the two parameters of the fleet as parameters without a credential', async () => {
    for (const name of ['fleet', 'fleet-monitor'])
      stack.parameters.push({ Name: `/broker-tokens/${name}`, Type: 'String' });
    const { findings } = await doctor();
    expect(
      findings.filter(({ text }) => text.startsWith('These parameters belong to no credential')),
    ).toEqual([]);
  });

  test('does not report a missing tick metric, because a fleet credential has no metric of its own', async () => {
    const { findings } = await doctor();
    expect(findings.filter(({ text }) => /kis-2: .*last/.test(text))).toEqual([]);
  });

  test('prints the command that creates the deleted schedule of the credential again', async () => {
    schedules.clear();
    const { findings } = await doctor();
    expect(fleetProblems(findings)).toMatchObject([
      {
        text: expect.stringContaining('kis-2: there is no schedule'),
        fix: expect.stringContaining('add kis-2'),
      },
    ]);
  });

  test('reports a deleted alarm of the fleet', async () => {
    stack.alarms = stack.alarms.filter(({ AlarmName }) => AlarmName !== 'BrokerTokens-FleetActionRequired');
    const { findings } = await doctor();
    const text = 'The alarm BrokerTokens-FleetActionRequired does not exist.';
    expect(fleetProblems(findings)).toMatchObject([{ text }]);
  });
});
