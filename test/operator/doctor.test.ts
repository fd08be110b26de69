import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { names } from '../../simulator/world.ts';
import { Cloud } from './cloud.ts';
import { atConsole } from './console.ts';
import { healthy, type Stack, TOPIC } from './healthy.ts';

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
  cloud.trouble.clear();
  stack = healthy(cloud);
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

  const spoiled: readonly [sentence: string, spoil: () => void, text: RegExp, fix: RegExp][] = [
    [
      'a disabled schedule',
      () => Object.assign(stack.schedules['kis-main'] ?? {}, { State: 'DISABLED' }),
      /kis-main: its schedule is disabled/,
      /Enable it/,
    ],
    [
      'a schedule that is gone',
      () => delete stack.schedules['kis-main'],
      /kis-main: has no schedule/,
      /Deploy/,
    ],
    [
      'a schedule of another rate',
      () => Object.assign(stack.schedules['kis-main'] ?? {}, { ScheduleExpression: 'rate(12 minutes)' }),
      /every 12 min, and its config says 5 min/,
      /Deploy/,
    ],
    [
      'a credential that nobody has looked at for an hour',
      () => {
        stack.looked['kis-main'] = 3_700_000;
      },
      /kis-main: the last tick was 1 h 1 min ago/,
      /runbook/,
    ],
    [
      'a credential that was never looked at',
      () => {
        stack.looked['kis-main'] = undefined;
      },
      /kis-main: no tick in the last 3 h/,
      /runbook/,
    ],
    [
      'a message that waits long',
      () => {
        stack.ageOfOldest = 3000;
      },
      /waited in the inbox for 50 min/,
      /inboxstalled/,
    ],
    [
      'many messages that wait',
      () => {
        stack.queue['ApproximateNumberOfMessages'] = '50';
      },
      /50 messages wait/,
      /inboxstalled/,
    ],
    [
      'an inbox without dead letters',
      () => delete stack.queue['RedrivePolicy'],
      /has no dead letters/,
      /Deploy/,
    ],
    [
      'a dead letter',
      () => {
        stack.deadLetters['ApproximateNumberOfMessages'] = '1';
      },
      /A message lies in BrokerTokens-dead-letters.fifo/,
      /deadletters/,
    ],
    [
      'a function that takes no messages',
      () => {
        stack.mapping = [{ FunctionArn: 'arn:aws:lambda:r:1:function:f', State: 'Disabled', UUID: 'u' }];
      },
      /takes no messages/,
      /aws lambda update-event-source-mapping --uuid u --enabled/,
    ],
    [
      'an inbox without a function',
      () => {
        stack.mapping = [];
      },
      /No function takes messages/,
      /Deploy/,
    ],
    [
      'a function that cannot start',
      () => Object.assign(stack.function, { State: 'Failed', StateReason: 'the subnet is full' }),
      /Failed: the subnet is full/,
      /functionerrors/,
    ],
    [
      'a function of another prefix',
      () => Object.assign(stack.function, { Environment: { Variables: { PARAMETER_PREFIX: '/other' } } }),
      /keeps its parameters under \/other/,
      /--prefix \/other/,
    ],
    [
      'a function that asks somebody else than the broker',
      () =>
        Object.assign(stack.function, {
          Environment: {
            Variables: { PARAMETER_PREFIX: '/broker-tokens', BROKER_URL_KIS_LIVE: 'http://127.0.0.1' },
          },
        }),
      /BROKER_URL_KIS_LIVE/,
      /Deploy/,
    ],
    [
      'an alarm that is missing',
      () => {
        stack.alarms = stack.alarms.filter(
          ({ AlarmName }) => AlarmName !== 'BrokerTokens-kis-main-ActionRequired',
        );
      },
      /BrokerTokens-kis-main-ActionRequired is missing/,
      /Deploy/,
    ],
    [
      'another name of the stack',
      () => {
        stack.alarms = [];
      },
      /no alarm whose name begins with BrokerTokens-/,
      /--stack/,
    ],
    [
      'an alarm that is on',
      () => Object.assign(stack.alarms.at(-1) ?? {}, { StateValue: 'ALARM' }),
      /SchedulerDropped is on since/,
      /#schedulerdropped/,
    ],
    [
      'an alarm that tells nobody',
      () => Object.assign(stack.alarms[0] ?? {}, { AlarmActions: [] }),
      /notifies nothing: it has no action/,
      /Deploy/,
    ],
    [
      'an alarm that was silenced',
      () => Object.assign(stack.alarms[0] ?? {}, { ActionsEnabled: false }),
      /actions are disabled/,
      /aws cloudwatch enable-alarm-actions/,
    ],
    [
      'that nobody is subscribed',
      () => {
        stack.topic['SubscriptionsConfirmed'] = '0';
      },
      /The alarm topic has no confirmed subscription/,
      new RegExp(`aws sns subscribe --topic-arn ${TOPIC}`),
    ],
    [
      'a subscription that was never confirmed',
      () => Object.assign(stack.topic, { SubscriptionsConfirmed: '0', SubscriptionsPending: '1' }),
      /The alarm topic has no confirmed subscription/,
      /Open the mail/,
    ],
    [
      'a topic that lets nobody publish',
      () => {
        stack.topic['Policy'] = JSON.stringify({
          Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sns:Publish' }],
        });
      },
      /CloudWatch may not publish/,
      /Deploy/,
    ],
    [
      'a topic with the default key',
      () => {
        stack.topic['KmsMasterKeyId'] = 'alias/aws/sns';
      },
      /alias\/aws\/sns/,
      /Deploy/,
    ],
    [
      'a key that CloudWatch may not use',
      () => {
        stack.keyPolicy = {
          Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::1:root' }, Action: 'kms:*' }],
        };
      },
      /may not use the key of the topic/,
      /Deploy/,
    ],
    [
      'a key that is being deleted',
      () => {
        stack.keyState = 'PendingDeletion';
      },
      /is PendingDeletion/,
      /aws kms cancel-key-deletion/,
    ],
    [
      'a token that lies in clear',
      () => Object.assign(parameter('kis-main/token'), { Type: 'String' }),
      /is stored unencrypted/,
      /aws ssm delete-parameter/,
    ],
    [
      'a token under the key of the account',
      () => Object.assign(parameter('kis-main/token'), { KeyId: 'alias/aws/ssm' }),
      /default key/,
      /aws ssm delete-parameter/,
    ],
    [
      'a token that is gone',
      () => {
        stack.parameters = stack.parameters.filter(({ Name }) => !Name.endsWith('kis-main/token'));
      },
      /kis-main\/token is gone/,
      /next tick publishes/,
    ],
    [
      'what a removed credential left',
      () => {
        stack.parameters.push({ Name: '/broker-tokens/old/token', Type: 'SecureString' });
      },
      /No credential has \/broker-tokens\/old\/token/,
      /delete-parameters/,
    ],
    [
      'a network whose address it cannot see',
      () => {
        delete stack.outputs['EgressAddress'];
      },
      /outbound IP address cannot be determined/,
      /NAT/,
    ],
  ];

  test.each(spoiled)('finds %s, and says what to do', async (_, spoil, text, fix) => {
    spoil();
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

function parameter(name: string): object {
  return stack.parameters.find(({ Name }) => Name.endsWith(name)) ?? {};
}
