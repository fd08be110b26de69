import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { names } from '../../simulator/world.ts';
import { Cloud } from './cloud.ts';
import { atConsole } from './console.ts';
import { healthyStack, type Stack } from './healthy-stack.ts';
import { STACK_FAULTS } from './stack-faults.ts';

let cloud: Cloud;
let stack: Stack;

interface Finding {
  readonly health: string;
  readonly text: string;
  readonly fix?: string;
}

beforeAll(async () => {
  cloud = await Cloud.start({
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
  stack = healthyStack(cloud);
  stack.function['VpcConfig'] = { SubnetIds: ['subnet-fake'] };
  stack.outputs['EgressAddress'] = '203.0.113.7';
});

async function doctor(): Promise<{ code: number | null; findings: readonly Finding[] }> {
  const { code, out } = await atConsole(cloud, ['doctor', '--json']);
  const { areas } = JSON.parse(out) as { areas: { findings: Finding[] }[] };
  return { code, findings: areas.flatMap(({ findings }) => findings) };
}

const wrong = (findings: readonly Finding[]) =>
  findings.filter(({ health, text }) => health !== 'ok' && !text.startsWith('kiwoom-main'));

describe('doctor', () => {
  test('finds nothing wrong with a healthy stack', async () => {
    await cloud.tick('kis-main');
    const { findings } = await doctor();
    expect(wrong(findings)).toEqual([]);
    expect(findings.length).toBeGreaterThan(15);
  });

  test.each(STACK_FAULTS)('finds %s, and says what to do', async (_, apply, text, fix) => {
    apply(stack);
    const { findings } = await doctor();
    const found = wrong(findings);
    expect(found.map((finding) => finding.text).join('\n')).toMatch(text);
    expect(found.find((finding) => text.test(finding.text))?.fix).toMatch(fix);
    expect(found).toHaveLength(1);
  });

  test('finds a live Kiwoom key behind dynamic outbound IP addresses', async () => {
    stack.function['VpcConfig'] = {};
    const { findings } = await doctor();
    expect(findings).toContainEqual({
      health: 'wrong',
      text: expect.stringMatching(
        /dynamic outbound IP addresses, and kiwoom-main needs a registered one \(8050, 8010\)/,
      ),
      fix: expect.stringMatching(/"kind":"static"/),
    });
  });

  test('shows the address that has to be registered', async () => {
    const { findings } = await doctor();
    expect(findings.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(
        /outbound IP address is 203\.0\.113\.7\. For kiwoom-main register it with Kiwoom/,
      ),
    );
  });

  test.each([
    ['a suspect token', { health: 'suspect' }, {}, /^kis-main: the token is suspect .*verified first/],
    ['a dead token', { health: 'dead' }, {}, /^kis-main: there is no live token; .*is dead/],
    [
      'a pending request',
      {},
      { pending: { credentialsChanged: { since: Date.now() } } },
      /^kis-main: CredentialsChanged: the secret was reported as changed/,
    ],
  ] as const)('finds %s', async (_, token, changes, text) => {
    const { aws } = cloud.refresher.world;
    const { published, ...state } = cloud.state('kis-main');
    const before = formatState({ ...state, published });
    const spoiled = { ...state, ...changes, published: published && { ...published, ...token } };
    aws.putParameter(names('kis-main').state, formatState(spoiled));
    const { findings } = await doctor();
    aws.putParameter(names('kis-main').state, before);
    expect(wrong(findings)).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(text), fix: expect.any(String) }),
    );
  });

  test('tells a credential that has no token yet', async () => {
    const { code, findings } = await doctor();
    expect(code).toBe(1);
    expect(findings).toContainEqual({
      health: 'wrong',
      text: expect.stringMatching(/^kiwoom-main: there is no live token/),
      fix: expect.any(String),
    });
  });

  test.each([
    [
      'a clock that is two minutes behind',
      120_000,
      'wrong',
      /This machine's clock is 1(19|20|21) s behind AWS'/,
    ],
    ['a clock that is seven seconds ahead', -7000, 'watch', /This machine's clock is [678] s ahead of AWS'/],
  ])('finds %s', async (_, ahead, health, text) => {
    cloud.dateAhead = ahead;
    const { findings } = await doctor();
    cloud.dateAhead = 0;
    expect(wrong(findings)).toEqual([
      { health, text: expect.stringMatching(text), fix: expect.stringContaining('timedatectl') },
    ]);
  });

  test('what it may not see hides nothing of what it sees', async () => {
    cloud.deny('kms:GetKeyPolicy');
    stack.topic['SubscriptionsConfirmed'] = '0';
    const { findings } = await doctor();
    expect(wrong(findings).map(({ text }) => text)).toEqual([
      'The alarm topic has no confirmed subscription.',
      expect.stringContaining('kms:GetKeyPolicy'),
    ]);
  });

  test('what it may not see it names, with the permission, and it goes on', async () => {
    for (const action of [
      'scheduler:GetSchedule',
      'kms:GetKeyPolicy',
      'sns:GetTopicAttributes',
      'lambda:ListEventSourceMappings',
    ])
      cloud.deny(action);
    const { findings } = await doctor();
    expect(findings.filter(({ health }) => health === 'unseen').map(({ fix }) => fix)).toEqual([
      'To see it: scheduler:GetSchedule.',
      'To see it: lambda:ListEventSourceMappings.',
      'To see it: sns:GetTopicAttributes.',
    ]);
    expect(findings.map(({ text }) => text)).toContain('No dead letters.');
  });
});
