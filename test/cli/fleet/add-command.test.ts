import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../lambdas/shared/credential.ts';
import { FakeAwsError } from '../../../simulator/aws/wire.ts';
import { names } from '../../../simulator/world.ts';
import { SimulatedCloud } from '../cloud.ts';
import { runAtConsole } from '../console.ts';
import { enableFleet, enableTopics, FLEET_SETTINGS } from './fleet-harness.ts';
import { INVALID_OPTIONS, KIS, KIWOOM } from './invalid-options.ts';

const cloud = await SimulatedCloud.start();
let schedules: ReturnType<typeof enableFleet>;

afterAll(() => cloud.stop());

beforeEach(() => {
  cloud.errors.clear();
  cloud.actions.length = 0;
  const { aws } = cloud.refresher.world;
  for (const id of ['kis-2', 'kis-3', 'kiwoom-2'])
    if (aws.parameter(names(id).config)) aws.deleteParameter(names(id).config);
  schedules = enableFleet(cloud);
});

const add = (...args: readonly string[]) => runAtConsole(cloud, ['add', ...args]);

function config(id: string) {
  const text = cloud.refresher.world.aws.parameter(names(id).config)?.value;
  const parsed = parseConfig(text ?? '');
  return parsed.ok ? parsed.config : undefined;
}

describe('the command "add"', () => {
  test('writes the config, creates the schedule, and prints the next command', async () => {
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
    const { inboxArn: Arn, schedulerRoleArn: RoleArn } = FLEET_SETTINGS;
    const Target = expect.objectContaining({ Arn, RoleArn, SqsParameters: { MessageGroupId: 'kis-2' } });
    expect([...schedules]).toMatchObject([['BrokerTokens-fleet/kis-2', { Target }]]);
    expect(out).toMatch(/✔ kis-2 is added: KIS paper, one tick every 5 min\./);
    expect(out).toContain('/broker-tokens/kis-2/token');
    expect(out).toMatch(/cost +about \$0\.46 a month/);
    expect(out).toContain('credentials put kis-2');
  });

  test('prints the ARN of the report topic, and creates a deleted report topic again', async () => {
    const topics = enableTopics(cloud);
    const arn = FLEET_SETTINGS.reportTopicArn.replace('*', 'kis-2');
    expect((await add('kis-2', ...KIS)).out).toContain(`BROKER_TOKENS_REPORT_TOPIC_KIS_2=${arn}\n`);
    topics.clear();
    const { out } = await add('kis-2', ...KIS, '--json');
    expect(JSON.parse(out)).toMatchObject({ result: 'completed', reportTopic: arn });
    expect([...topics.keys()]).toEqual([arn]);
  });

  test('adds a credential without a report topic if the quota of FIFO topics is used up', async () => {
    cloud.errors.set('sns:CreateTopic', new FakeAwsError('TopicLimitExceeded', 'too many topics', 403));
    const { code, out, err } = await add('kis-2', ...KIS);
    expect(code).toBe(0);
    expect(out).not.toContain('REPORT_TOPIC');
    expect(err).toContain('kis-2 has no report topic');
    expect(schedules.size).toBe(1);
  });

  test('stores in the config every setting that cdk.json accepts', async () => {
    const options =
      '--session nxt --session {"preset":"us"} --renew-before 2h --secret broker-tokens/second --max-issues-per-day 4 --minimum-interval 300s --renew-early wait';
    const { code, out } = await add('kis-2', ...KIS, ...options.split(' '), '--json');
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

  test('uses the same default settings as cdk.json', async () => {
    await add('kiwoom-2', ...KIWOOM);
    const defaults = { renewBeforeSeconds: 3 * 3600, maxIssuesPerDay: 24, renewEarly: 'revoke' };
    expect(config('kiwoom-2')).toMatchObject({ ...defaults, sessions: [{ preset: 'nxt' }] });
    await add('kiwoom-2', ...KIWOOM, '--session', 'none', '--renew-early', 'wait');
    expect(config('kiwoom-2')).toMatchObject({ ...defaults, sessions: [], renewEarly: 'wait' });
  });

  test('uses the renewal margin of the fleet settings by default', async () => {
    enableFleet(cloud, { renewBeforeSeconds: 5400 });
    await add('kiwoom-2', ...KIWOOM);
    expect(config('kiwoom-2')).toMatchObject({ renewBeforeSeconds: 5400 });
  });

  test('creates missing resources and updates settings if the credential exists already', async () => {
    await add('kis-2', ...KIS);
    schedules.clear();
    expect((await add('kis-2', ...KIS)).out).toContain('kis-2 is completed');
    expect(schedules.size).toBe(1);
    expect((await add('kis-2', ...KIS, '--renew-before', '90m')).out).toContain('kis-2 is changed');
    expect(config('kis-2')?.renewBeforeSeconds).toBe(5400);
    expect(schedules.size).toBe(1);
  });

  test.each(INVALID_OPTIONS)(
    'exits with code 2 if the options "%s" are invalid after the valid options %j',
    async (options, more, text) => {
      const ended = await add('kis-2', ...more, ...options.split(' '));
      expect(ended).toMatchObject({ code: 2, err: expect.stringMatching(text) });
      expect([config('kis-2'), schedules.size]).toEqual([undefined, 0]);
    },
  );

  test('reports an invalid id and all invalid options in one error, and exits with code 2', async () => {
    const options = ['--renew-before', '20h', '--max-issues-per-day', '99'];
    const ended = await add('KIS_2', ...KIS, ...options);
    const text = /has 3 problems:.*<id>\n.*use "kis-2"/s;
    expect(ended).toMatchObject({ code: 2, err: expect.stringMatching(text) });
  });

  const conflicts: readonly [title: string, prepare: () => unknown, args: readonly string[], text: RegExp][] =
    [
      [
        'a credential of the stack',
        () => {},
        ['kis-main', ...KIS],
        /The stack manages kis-main\. Change the credential in cdk\.json/,
      ],
      [
        'the secret of another credential',
        () => add('kis-2', ...KIS),
        ['kis-3', ...KIS, '--secret', 'broker-tokens/kis-2'],
        /kis-2 has the same secret/,
      ],
      [
        'another broker for the same id',
        () => add('kis-2', ...KIS),
        ['kis-2', ...KIWOOM],
        /kis-2 exists with another broker: kis\. .* remove kis-2 first/,
      ],
      [
        'an id with an invalid config',
        () => cloud.refresher.world.aws.putParameter(names('kis-2').config, '{"managedBy":"operator"}'),
        ['kis-2', ...KIS],
        /kis-2 exists, but its config parameter is invalid/,
      ],
      [
        'a stack with invalid fleet settings',
        () => cloud.refresher.world.aws.putParameter('/broker-tokens/fleet', '{}'),
        ['kis-2', ...KIS],
        /parameter \/broker-tokens\/fleet is invalid/,
      ],
      [
        'a stack without a fleet',
        () => {},
        ['--prefix', '/others', 'kis-2', ...KIS],
        /The stack under \/others in ap-northeast-2 has no fleet.* "fleet": \{\}/,
      ],
    ];
  test.each(conflicts)('prints the reason and exits with code 1 for %s', async (_, prepare, args, text) => {
    await prepare();
    expect(await add(...args)).toMatchObject({ code: 1, err: expect.stringMatching(text) });
  });

  test('accepts a live Kiwoom key if the stack has a fixed IP address or the option "--allow-public-egress" is set', async () => {
    const live = ['kiwoom-2', '--broker', 'kiwoom', '--market', 'live'];
    expect((await add(...live, '--allow-public-egress')).code).toBe(0);
    enableFleet(cloud, { egress: 'fixed' });
    expect((await add(...live)).code).toBe(0);
  });

  test('deletes the new config parameter if AWS denies CreateSchedule', async () => {
    cloud.deny('scheduler:CreateSchedule');
    const ended = await add('kis-2', ...KIS);
    expect(ended).toMatchObject({ code: 3, err: expect.stringContaining('scheduler:CreateSchedule') });
    expect(config('kis-2')).toBeUndefined();
  });

  test('prints the name of the new config parameter if AWS denies CreateSchedule and then DeleteParameters', async () => {
    cloud.deny('scheduler:CreateSchedule');
    cloud.deny('ssm:DeleteParameters');
    const { err } = await add('kis-2', ...KIS);
    expect(err).toContain('/broker-tokens/kis-2/config was written and could not be deleted');
  });
});
