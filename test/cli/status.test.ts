import stringWidth from 'string-width';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../cli/time.ts';
import { SimulatedCloud } from './cloud.ts';
import { LIVE_KIS_AND_KIWOOM, NO_ALARMS } from './cloud-options.ts';
import { runAtConsole } from './console.ts';
import { installHealthyStack } from './healthy-stack.ts';
import { tokens } from './run-tokens.ts';
import { storeState } from './states.ts';
import { ALL_LIVE, attempt, NOT_HEALTHY, refused, STATUS_CASES } from './status-cases.ts';

let cloud: SimulatedCloud;
const ESCAPE = '\x1b';

beforeAll(async () => {
  cloud = await SimulatedCloud.start(LIVE_KIS_AND_KIWOOM);
});

afterAll(() => cloud.stop());

afterEach(() => {
  cloud.stubs['cloudwatch:DescribeAlarms'] = NO_ALARMS;
});

describe('the command "status"', () => {
  test('reads all credentials with one SSM call per page, and decrypts no token', async () => {
    storeState(cloud, 'kis-main');
    storeState(cloud, 'kiwoom-main', { generation: 7 });
    cloud.actions.length = 0;
    const { code, out } = await tokens(cloud, ['status'], { environment: { COLUMNS: '120' } });
    expect(code).toBe(ALL_LIVE);
    expect(out).toMatch(/● {2}kis-main {5}KIS live {7}41 {2}fresh {2}█{23}░ {2}2[23] h/);
    expect(out).toMatch(/● {2}kiwoom-main {2}Kiwoom paper {4}7 {2}fresh/);
    expect(out).toContain('● no alarm is on');
    expect(new Set(cloud.actions)).toEqual(new Set(['ssm:GetParametersByPath', 'cloudwatch:DescribeAlarms']));
  });

  test('reads the parameters of a single credential with one SSM call', async () => {
    storeState(cloud, 'kis-main');
    cloud.actions.length = 0;
    const { code, out } = await runAtConsole(cloud, ['status', 'kis-main']);
    expect(code).toBe(ALL_LIVE);
    expect(cloud.actions).toEqual(['ssm:GetParameters', 'cloudwatch:DescribeAlarms']);
    expect(out).toContain('generation 41, fingerprint 352fd9b303ab');
    expect(out).toContain('1 of 8 in 24 hours');
    expect(out).toContain('nxt 08:00–20:00 Asia/Seoul, mon–fri');
  });

  test('draws the remaining lifetime of the token as a bar', async () => {
    const lengths: number[] = [];
    for (const age of [0, DAY / 4, DAY / 2, DAY - HOUR / 2]) {
      storeState(cloud, 'kis-main', { age });
      const { out } = await runAtConsole(cloud, ['status', 'kis-main']);
      lengths.push(out.split('█').length - 1);
    }
    expect(lengths).toEqual([24, 18, 12, 1]);
  });

  test.each(STATUS_CASES)('shows %s (exit code %i)', async (_, code, store, text) => {
    storeState(cloud, 'kiwoom-main');
    store(cloud);
    const ended = await runAtConsole(cloud, ['status'], { columns: 140 });
    expect(ended.out).toMatch(text);
    expect(ended.code).toBe(code);
  });

  test('shows the fix of a failed attempt only until the credential is healthy again', async () => {
    const failing = attempt(cloud, 'rejected', { kind: 'revoke', brokerCode: 'EGW00105', failures: 1 });
    storeState(cloud, 'kis-main', { attempt: failing, token: { health: 'dead' } });
    expect((await runAtConsole(cloud, ['status', 'kis-main'])).out).toContain('→ The app secret is wrong.');
    storeState(cloud, 'kis-main', { attempt: failing });
    for (const command of ['status', 'explain']) {
      const { code, out } = await runAtConsole(cloud, [command, 'kis-main']);
      expect(code).toBe(ALL_LIVE);
      expect(out).not.toContain('→');
    }
  });

  test('shows when the refresher retries a rejected key, and omits the pending change of the secret', async () => {
    const pending = { credentialsChanged: { since: cloud.clock.now() - MINUTE } };
    const rejected = { ...refused(cloud), secretVersion: 'v2' };
    storeState(cloud, 'kis-main', { refused: rejected, calledWith: 'ba9876543210', pending });
    for (const args of [['status'], ['status', 'kis-main'], ['explain', 'kis-main']]) {
      const { out } = await runAtConsole(cloud, args, { columns: 200 });
      expect(out).toMatch(/The refresher tries it again\s+(today|tomorrow)\s+\d\d:\d\d\s+KST/);
      expect(out).not.toContain('CredentialsChanged: ');
    }
  });

  test('shows an alarm in the state ALARM with its runbook chapter (exit code 1)', async () => {
    storeState(cloud, 'kis-main');
    storeState(cloud, 'kiwoom-main');
    const stack = installHealthyStack(cloud);
    const alarm = stack.alarms.find(({ AlarmName }) => AlarmName.endsWith('kis-main-ActionRequired'));
    Object.assign(alarm ?? {}, { StateValue: 'ALARM' });
    const { code, out } = await runAtConsole(cloud, ['status']);
    expect(code).toBe(NOT_HEALTHY);
    expect(out).toMatch(
      /▲ BrokerTokens-kis-main-ActionRequired since .*\n {2}docs\/runbook\.md#actionrequired/,
    );
    const other = await runAtConsole(cloud, ['status', 'kiwoom-main']);
    expect(other).toMatchObject({ code: ALL_LIVE, out: expect.stringContaining('no alarm is on') });
  });

  test.each([40, 56, 80, 120])(
    'prints no line that is longer than a terminal with %i columns',
    async (columns) => {
      const stack = installHealthyStack(cloud);
      Object.assign(stack.alarms[0] ?? {}, { StateValue: 'ALARM' });
      const message = 'EGW00103 유효하지 않은 AppKey입니다. '.repeat(4);
      storeState(cloud, 'kis-main', {
        attempt: attempt(cloud, 'rejected', { brokerCode: 'EGW00103', message }),
        refused: refused(cloud),
        age: 23.5 * HOUR,
      });
      for (const args of [['status'], ['status', 'kis-main']]) {
        const { out } = await runAtConsole(cloud, args, { columns });
        expect(out).toContain('유효하지');
        for (const line of out.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
      }
    },
  );

  const COLORED = new RegExp(`${ESCAPE}\\[\\d+m`);
  test.each([
    ['uses colors on a screen', true, [], {}, true],
    ['uses no colors with NO_COLOR', true, [], { NO_COLOR: '1' }, false],
    ['uses no colors with --no-color', true, ['--no-color'], {}, false],
    ['uses no colors on a pipe', false, [], {}, false],
    ['uses colors on a pipe with FORCE_COLOR', false, [], { FORCE_COLOR: '1' }, true],
  ] as const)('%s', async (_, isTerminal, args, environment, colored) => {
    storeState(cloud, 'kis-main');
    const { out } = await runAtConsole(cloud, ['status', ...args], { isTerminal, environment });
    expect(COLORED.test(out)).toBe(colored);
  });

  test('prints every instant as ISO 8601 in its JSON output', async () => {
    storeState(cloud, 'kis-main', { token: { health: 'suspect' }, attempt: attempt(cloud, 'unavailable') });
    const { out } = await runAtConsole(cloud, ['status', '--json']);
    const answer = JSON.parse(out) as { credentials: Record<string, unknown>[] };
    expect(answer).toMatchObject({
      stack: 'BrokerTokens',
      region: 'ap-northeast-2',
      alarms: [],
      invalid: [],
    });
    expect(answer.credentials[0]).toMatchObject({
      id: 'kis-main',
      phase: 'suspect',
      health: 'suspect',
      severity: 1,
      healthy: false,
      generation: 41,
      expiresAt: expect.stringMatching(/Z$/),
      attempt: { outcome: 'unavailable', at: expect.stringMatching(/Z$/) },
      next: { action: 'verify', reason: 'Suspect', at: expect.stringMatching(/Z$/) },
      issues: { used: 1, budget: 8 },
    });
  });
});
