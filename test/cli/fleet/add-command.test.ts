import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../lambdas/shared/credential.ts';
import { names } from '../../../simulator/world.ts';
import { Cloud } from '../cloud.ts';
import { atConsole } from '../console.ts';
import { tokens } from '../run-tokens.ts';
import { enableFleet, FLEET } from './fleet-harness.ts';

const KIS = ['--broker', 'kis', '--market', 'paper'];
const KIWOOM = ['--broker', 'kiwoom', '--market', 'paper'];

let cloud: Cloud;
let schedules: ReturnType<typeof enableFleet>;

beforeAll(async () => {
  cloud = await Cloud.start();
});

afterAll(() => cloud.stop());

beforeEach(() => {
  cloud.errors.clear();
  cloud.actions.length = 0;
  const { aws } = cloud.refresher.world;
  for (const id of ['kis-2', 'kis-3', 'kiwoom-2'])
    if (aws.parameter(names(id).config)) aws.deleteParameter(names(id).config);
  schedules = enableFleet(cloud);
});

const add = (...args: readonly string[]) => atConsole(cloud, ['add', ...args]);

function config(id: string) {
  const text = cloud.refresher.world.aws.parameter(names(id).config)?.value;
  const parsed = parseConfig(text ?? '');
  return parsed.ok ? parsed.config : undefined;
}

describe('add', () => {
  test('writes the config and makes the schedule, and says what to do next', async () => {
    const { code, out } = await add('kis-2', ...KIS);
    expect(code).toBe(0);
    expect(config('kis-2')).toEqual({
      version: 1,
      id: 'kis-2',
      broker: 'kis',
      market: 'paper',
      secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-tokens/kis-2',
      renewBeforeSeconds: 3 * 3600,
      checkEverySeconds: 300,
      sessions: [{ preset: 'nxt' }],
      maxIssuesPerDay: 8,
      renewEarly: 'wait',
      managedBy: 'operator',
    });
    expect([...schedules.keys()]).toEqual(['BrokerTokens-fleet/kis-2']);
    expect(out).toMatch(/✔ kis-2 is added: KIS paper, one tick every 5 min\./);
    expect(out).toContain('/broker-tokens/kis-2/token');
    expect(out).toMatch(/cost +about \$1\.30 a month/);
    expect(out).toContain('credentials put kis-2');
  });

  test('takes the settings that cdk.json takes', async () => {
    const args = ['--session', 'nxt', '--session', '{"preset":"us"}', '--renew-before', '2h'];
    const more = [
      '--secret',
      'broker-tokens/second',
      '--max-issues-per-day',
      '4',
      '--minimum-interval',
      '300s',
      '--renew-early',
      'wait',
    ];
    const { code, out } = await add('kis-2', ...KIS, ...args, ...more, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ credential: 'kis-2', result: 'added', config: config('kis-2') });
    expect(config('kis-2')).toMatchObject({
      sessions: [{ preset: 'nxt' }, { preset: 'us' }],
      renewBeforeSeconds: 7200,
      maxIssuesPerDay: 4,
      minimumIntervalSeconds: 300,
      renewEarly: 'wait',
      secretArn: expect.stringMatching(/:secret:broker-tokens\/second$/),
    });
  });

  test('has the defaults of the stack, and turns them off', async () => {
    await add('kiwoom-2', ...KIWOOM);
    const defaults = { renewBeforeSeconds: 3 * 3600, maxIssuesPerDay: 24, renewEarly: 'revoke' };
    expect(config('kiwoom-2')).toMatchObject({ ...defaults, sessions: [{ preset: 'nxt' }] });
    await add('kiwoom-2', ...KIWOOM, '--session', 'none', '--renew-early', 'wait');
    expect(config('kiwoom-2')).toMatchObject({ ...defaults, sessions: [], renewEarly: 'wait' });
  });

  test('takes the margin of the stack, if it has one', async () => {
    enableFleet(cloud, { renewBeforeSeconds: 5400 });
    await add('kiwoom-2', ...KIWOOM);
    expect(config('kiwoom-2')).toMatchObject({ renewBeforeSeconds: 5400 });
  });

  test('can be repeated: what is missing is made, and settings are changed', async () => {
    await add('kis-2', ...KIS);
    schedules.clear();
    expect((await add('kis-2', ...KIS)).out).toContain('kis-2 is completed');
    expect(schedules.size).toBe(1);
    expect((await add('kis-2', ...KIS, '--renew-before', '90m')).out).toContain('kis-2 is changed');
    expect(config('kis-2')?.renewBeforeSeconds).toBe(5400);
    expect(schedules.size).toBe(1);
  });

  const refusals: readonly [sentence: string, args: readonly string[], code: number, said: RegExp][] = [
    [
      'a credential that the stack manages',
      ['kis-main', ...KIS],
      1,
      /The stack manages kis-main\. Change it in cdk\.json/,
    ],
    [
      'an unknown broker, with the likely one',
      ['kis-2', '--broker', 'kiss', '--market', 'paper'],
      2,
      /--broker\n.*"kiss".*did you mean "kis"\?/s,
    ],
    [
      'a margin that the broker cannot keep',
      ['kis-2', ...KIS, '--renew-before', '20h'],
      2,
      /--renew-before\n.*at most "\d+h" for kis/s,
    ],
    [
      'a margin without time for a person',
      ['kis-2', ...KIS, '--renew-before', '45m'],
      2,
      /of the stack\n.*use a renewBefore/s,
    ],
    ['a session that is none', ['kis-2', ...KIS, '--session', 'nxtt'], 2, /--session\n.*preset/s],
    ['a session that is no JSON', ['kis-2', ...KIS, '--session', '{nxt'], 2, /--session\n/],
    [
      'a number that is none',
      ['kis-2', ...KIS, '--max-issues-per-day', 'many'],
      2,
      /--max-issues-per-day\n.*"many"/,
    ],
    ['a budget of one call', ['kis-2', ...KIS, '--max-issues-per-day', '1'], 2, /--max-issues-per-day\n.*2/s],
    [
      'an unknown way to renew',
      ['kis-2', ...KIS, '--renew-early', 'always'],
      2,
      /--renew-early\n.*"revoke" or "wait"/s,
    ],
    ['an id that is none', ['KIS 2', ...KIS], 2, /<id>\n.*use "kis-2"/s],
    [
      'a secret that the function may not read',
      ['kis-2', ...KIS, '--secret', 'elsewhere/kis-2'],
      2,
      /--secret\n.*begins with "broker-tokens\/"/s,
    ],
    [
      'an option of the other broker',
      ['kis-2', ...KIS, '--renew-early', 'revoke'],
      2,
      /--renew-early\n.*Kiwoom only/s,
    ],
    [
      'a live Kiwoom key without a registered address',
      ['kiwoom-2', '--broker', 'kiwoom', '--market', 'live'],
      2,
      /egress of the stack\n.*--allow-public-egress to true/s,
    ],
    ['no market', ['kis-2', '--broker', 'kis'], 2, /required option '--market <name>' not specified/],
  ];
  test.each(refusals)('refuses %s', async (_, args, expected, said) => {
    const { code, err } = await add(...args);
    expect(err).toMatch(said);
    expect(code).toBe(expected);
    expect(err).not.toContain('credentials[0]');
    expect(cloud.actions).not.toContain('ssm:PutParameter');
    expect(schedules.size).toBe(0);
  });

  test('a live Kiwoom key is taken where the stack has an address of its own, or where none is wanted', async () => {
    const live = ['kiwoom-2', '--broker', 'kiwoom', '--market', 'live'];
    expect((await add(...live, '--allow-public-egress')).code).toBe(0);
    enableFleet(cloud, { egress: 'fixed' });
    expect((await add(...live)).code).toBe(0);
  });

  test('refuses the secret of another credential: two would end each other’s tokens', async () => {
    await add('kis-2', ...KIS);
    const { code, err } = await add('kis-3', ...KIS, '--secret', 'broker-tokens/kis-2');
    expect(err).toContain('kis-2 has the same secret');
    expect(code).toBe(1);
  });

  test('refuses to make another credential of one that is there', async () => {
    await add('kis-2', ...KIS);
    const { err } = await add('kis-2', '--broker', 'kiwoom', '--market', 'paper');
    expect(err).toMatch(/kis-2 is there already, with another broker: kis\. .* remove kis-2 first/);
    expect(config('kis-2')?.broker).toBe('kis');
  });

  test('says so where the stack takes none, and where what it says makes no sense', async () => {
    const { aws } = cloud.refresher.world;
    aws.putParameter('/broker-tokens/fleet', '{}');
    expect((await add('kis-2', ...KIS)).err).toMatch(/parameter \/broker-tokens\/fleet cannot be understood/);
    const { code, err } = await atConsole(cloud, ['--prefix', '/others', 'add', 'kis-2', ...KIS]);
    expect(err).toMatch(/Under \/others in ap-northeast-2 no credential can be added .* "fleet": \{\}/);
    expect(code).toBe(1);
  });

  test('leaves nothing behind where the schedule may not be made', async () => {
    cloud.deny('scheduler:CreateSchedule');
    const { code, err } = await add('kis-2', ...KIS);
    expect(code).toBe(3);
    expect(err).toContain('scheduler:CreateSchedule');
    expect(config('kis-2')).toBeUndefined();
  });

  test('says what it could not take back', async () => {
    cloud.deny('scheduler:CreateSchedule');
    cloud.deny('ssm:DeleteParameters');
    const { err } = await add('kis-2', ...KIS);
    expect(err).toContain('/broker-tokens/kis-2/config was written and could not be taken back');
  });

  test('a damaged config is not written over', async () => {
    cloud.refresher.world.aws.putParameter(names('kis-2').config, '{"managedBy":"operator"}');
    const { code, err } = await add('kis-2', ...KIS);
    expect(err).toContain('whose config parameter cannot be understood');
    expect(code).toBe(1);
  });

  test('as a process of its own it does the same', async () => {
    const ended = await tokens(cloud, ['add', 'kis-2', ...KIS]);
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('kis-2 is added') });
    expect(schedules.get('BrokerTokens-fleet/kis-2')).toMatchObject({
      Target: {
        Arn: FLEET.inboxArn,
        RoleArn: FLEET.schedulerRoleArn,
        SqsParameters: { MessageGroupId: 'kis-2' },
      },
    });
  });
});
