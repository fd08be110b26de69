import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../cli/time.ts';
import type { Attempt, Outcome } from '../../lambdas/shared/state.ts';
import { names } from '../../simulator/world.ts';
import { Cloud } from './cloud.ts';
import { atConsole } from './console.ts';
import { healthy } from './healthy.ts';
import { tokens } from './run-tokens.ts';
import { storeState } from './states.ts';

let cloud: Cloud;
const ESCAPE = '\x1b';
const NO_ALARMS = () => ({ MetricAlarms: [], CompositeAlarms: [] });

beforeAll(async () => {
  cloud = await Cloud.start({
    credentials: [
      { id: 'kis-main', broker: 'kis', market: 'live', sessions: [{ preset: 'nxt' }] },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
  });
});

afterAll(() => cloud.stop());

afterEach(() => {
  cloud.services['cloudwatch:DescribeAlarms'] = NO_ALARMS;
});

const attempt = (outcome: Outcome, changes: Partial<Attempt> = {}): Attempt => ({
  at: cloud.clock.now() - 3 * MINUTE,
  cause: 'schedule',
  messageId: 'm',
  kind: 'issue',
  outcome,
  failures: 4,
  ...changes,
});

const refused = () => ({
  secretVersion: 'v1',
  code: 'EGW00103',
  since: cloud.clock.now() - HOUR,
  retryAt: cloud.clock.now() + HOUR,
  times: 4,
});

describe('status', () => {
  test('shows all credentials in as few calls as there are pages, and never asks for a token', async () => {
    storeState(cloud, 'kis-main');
    storeState(cloud, 'kiwoom-main', { generation: 7 });
    cloud.asked.length = 0;
    const { code, out } = await tokens(cloud, ['status'], { environment: { COLUMNS: '120' } });
    expect(code).toBe(0);
    expect(out).toMatch(/● {2}kis-main {5}KIS live {7}41 {2}fresh {2}█{23}░ {2}2[23] h/);
    expect(out).toMatch(/● {2}kiwoom-main {2}Kiwoom paper {4}7 {2}fresh/);
    expect(out).toContain('● no alarm');
    expect(new Set(cloud.asked)).toEqual(new Set(['ssm:GetParametersByPath', 'cloudwatch:DescribeAlarms']));
  });

  test('one credential is a single read of its two parameters, and tells all of it', async () => {
    storeState(cloud, 'kis-main');
    cloud.asked.length = 0;
    const { code, out } = await atConsole(cloud, ['status', 'kis-main']);
    expect(code).toBe(0);
    expect(cloud.asked).toEqual(['ssm:GetParameters', 'cloudwatch:DescribeAlarms']);
    for (const text of [
      'generation 41, fingerprint 352fd9b303ab',
      '1 of 8 in 24 hours',
      'nxt 08:00–20:00 Asia/Seoul, mon–fri',
    ])
      expect(out).toContain(text);
  });

  test('the bar shrinks with the life of the token', async () => {
    const lengths: number[] = [];
    for (const age of [0, DAY / 4, DAY / 2, DAY - HOUR / 2]) {
      storeState(cloud, 'kis-main', { age });
      const { out } = await atConsole(cloud, ['status', 'kis-main']);
      lengths.push(out.split('█').length - 1);
    }
    expect(lengths).toEqual([24, 18, 12, 1]);
  });

  const stories: readonly [sentence: string, state: () => void, text: RegExp, code: number][] = [
    [
      'a refused key, with the broker’s words and the cure',
      () =>
        storeState(cloud, 'kis-main', {
          attempt: attempt('rejected', {
            brokerCode: 'EGW00103',
            message: 'EGW00103 유효하지 않은 AppKey입니다.',
          }),
          refused: refused(),
          age: 23.5 * HOUR,
        }),
      /✖ {2}kis-main.*refused.*4 times in a row, last 3 min ago: the broker refused the key: EGW00103 유효하지 않은 AppKey입니다.*→ The app key is wrong/s,
      1,
    ],
    [
      'an outage while the token lives',
      () =>
        storeState(cloud, 'kis-main', {
          attempt: attempt('unavailable', { message: 'no answer' }),
          age: 23.5 * HOUR,
        }),
      /▲ {2}kis-main.*at next tick.*4 times in a row, last 3 min ago: the broker gave no usable answer: no answer/s,
      1,
    ],
    [
      'an expired token',
      () => storeState(cloud, 'kis-main', { age: DAY + HOUR }),
      /✖ {2}kis-main.*expired/,
      1,
    ],
    [
      'a dead token, and the command that helps',
      () => storeState(cloud, 'kis-main', { token: { health: 'dead' } }),
      /✖ {2}kis-main.* dead +.* dead .*does not accept it\.\s+→ .*revoke kis-main\./s,
      1,
    ],
    [
      'a suspect token, which is not fresh',
      () => storeState(cloud, 'kis-main', { token: { health: 'suspect' } }),
      /▲ {2}kis-main .* suspect .*It is verified first\.\s+→ .*revoke kis-main\./s,
      1,
    ],
    [
      'a live token with a pending revocation, which is not fresh',
      () =>
        storeState(cloud, 'kis-main', {
          pending: {
            revoke: { fingerprint: '352fd9b303ab', reissue: true, since: cloud.clock.now() - MINUTE },
          },
        }),
      /▲ {2}kis-main .* revoking .*RevokePending: revocation requested .*a new token follows.*→ .*withdraw/s,
      1,
    ],
    [
      'a live token beside a refused key, which is not fresh',
      () =>
        storeState(cloud, 'kis-main', {
          refused: refused(),
          calledWith: 'ba9876543210',
          pending: { credentialsChanged: { since: cloud.clock.now() - MINUTE } },
        }),
      /✖ {2}kis-main .* refused .*other key.*KIS refused the app key \(EGW00103\).*→ The app key is wrong/s,
      1,
    ],
    [
      'a dead token whose revocation is not confirmed',
      () => storeState(cloud, 'kis-main', { token: { health: 'dead', revocations: 1 } }),
      /✖ {2}kis-main.*KIS returned it and has not confirmed its revocation, so the refresher revokes it\s+again at each tick.\s+→ The next tick revokes it again/s,
      1,
    ],
    [
      'a pause',
      () => storeState(cloud, 'kis-main', { paused: true, token: { health: 'dead' } }),
      /▲ {2}kis-main.*paused +when resumed.*revoked on request/s,
      1,
    ],
    [
      'no token yet',
      () => cloud.refresher.world.aws.deleteParameter(names('kis-main').state),
      /✖ {2}kis-main.*no token +at next tick.*No token has been published yet\./s,
      1,
    ],
    [
      'a pending request',
      () => storeState(cloud, 'kis-main', { pending: { forced: { since: cloud.clock.now() - MINUTE } } }),
      /Forced: a new token was requested (today|yesterday) .*, 60 s ago\./,
      0,
    ],
    [
      'a damaged state',
      () => cloud.refresher.world.aws.putParameter(names('kis-main').state, '{"version":1,"generation":4'),
      /The state parameter is damaged: it is not JSON/,
      1,
    ],
  ];

  test.each(stories)('shows %s', async (_, state, text, code) => {
    storeState(cloud, 'kiwoom-main');
    state();
    const ended = await atConsole(cloud, ['status'], { columns: 140 });
    expect(ended.out).toMatch(text);
    expect(ended.code).toBe(code);
  });

  test('an alarm that is on is told with its chapter, and makes the command fail', async () => {
    storeState(cloud, 'kis-main');
    storeState(cloud, 'kiwoom-main');
    const stack = healthy(cloud);
    Object.assign(stack.alarms.find(({ AlarmName }) => AlarmName.endsWith('kis-main-ActionRequired')) ?? {}, {
      StateValue: 'ALARM',
    });
    const { code, out } = await atConsole(cloud, ['status']);
    expect(code).toBe(1);
    expect(out).toMatch(
      /▲ BrokerTokens-kis-main-ActionRequired since .*\n {2}docs\/runbook\.md#actionrequired/,
    );
    expect((await atConsole(cloud, ['status', 'kiwoom-main'])).out).toContain('no alarm');
  });

  test('fits its width, down to 56 columns', async () => {
    storeState(cloud, 'kis-main', {
      attempt: attempt('rejected', {
        brokerCode: 'EGW00103',
        message: 'EGW00103 유효하지 않은 AppKey입니다. '.repeat(4),
      }),
      refused: refused(),
      age: 23.5 * HOUR,
    });
    const { default: stringWidth } = await import('string-width');
    for (const columns of [56, 60, 80, 120]) {
      const { out } = await atConsole(cloud, ['status'], { columns });
      for (const line of out.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
    }
  });

  test('is colourful at a screen, and plain where told so or piped', async () => {
    storeState(cloud, 'kis-main');
    const coloured = new RegExp(`${ESCAPE}\\[\\d+m`);
    expect((await atConsole(cloud, ['status'], { screen: true })).out).toMatch(coloured);
    expect(
      (await atConsole(cloud, ['status'], { screen: true, environment: { NO_COLOR: '1' } })).out,
    ).not.toMatch(coloured);
    expect((await atConsole(cloud, ['status', '--no-color'], { screen: true })).out).not.toMatch(coloured);
    expect((await atConsole(cloud, ['status'])).out).not.toMatch(coloured);
    expect((await atConsole(cloud, ['status'], { environment: { FORCE_COLOR: '1' } })).out).toMatch(coloured);
  });

  test('JSON has every instant in ISO 8601 and no words to parse', async () => {
    storeState(cloud, 'kis-main', { token: { health: 'suspect' }, attempt: attempt('unavailable') });
    const { out } = await atConsole(cloud, ['status', '--json']);
    const answer = JSON.parse(out) as { credentials: Record<string, unknown>[]; alarms: unknown };
    expect(answer).toMatchObject({ stack: 'BrokerTokens', region: 'ap-northeast-2', alarms: [], broken: [] });
    expect(answer.credentials[0]).toMatchObject({
      id: 'kis-main',
      phase: 'suspect',
      health: 'suspect',
      severity: 1,
      generation: 41,
      expiresAt: expect.stringMatching(/Z$/),
      attempt: { outcome: 'unavailable', at: expect.stringMatching(/Z$/) },
      next: { action: 'verify', reason: 'Suspect', at: expect.stringMatching(/Z$/) },
      issues: { used: 1, budget: 8 },
    });
  });
});
