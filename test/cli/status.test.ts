import stringWidth from 'string-width';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../cli/time.ts';
import { names } from '../../simulator/world.ts';
import { LIVE_KIS_AND_KIWOOM, SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { installHealthyStack } from './healthy-stack.ts';
import { storeState } from './states.ts';
import { attempt, EXIT_ALL_LIVE, EXIT_NOT_HEALTHY, refused, STATUS_CASES } from './status-cases.ts';

const { config, state, token } = names('kis-main');
const cloud = await SimulatedCloud.start(LIVE_KIS_AND_KIWOOM);
const { aws } = cloud.refresher.world;

afterAll(() => cloud.stop());

beforeEach(() => {
  cloud.actions.length = 0;
  cloud.stubs['cloudwatch:DescribeAlarms'] = () => ({ MetricAlarms: [] });
  storeState(cloud, 'kis-main');
  storeState(cloud, 'kiwoom-main', { generation: 7 });
});

const status = (...args: readonly string[]) => runAtConsole(cloud, ['status', ...args], { columns: 140 });

/** The first credential in the JSON output of `status`. */
async function firstCredential(...args: readonly string[]): Promise<unknown> {
  const { out } = await status(...args, '--json');
  return (JSON.parse(out) as { credentials: unknown[] }).credentials[0];
}

describe('the command "status"', () => {
  test('reads all credentials with one SSM call per page, and decrypts no token', async () => {
    const { code, out } = await status();
    expect(code).toBe(EXIT_ALL_LIVE);
    expect(out).toMatch(/● {2}kis-main {5}KIS live {7}41 {2}fresh {2}█{23}░ {2}2[23] h/);
    expect(out).toMatch(/● {2}kiwoom-main {2}Kiwoom paper {4}7 {2}fresh/);
    expect(out).toContain('● no alarm is on');
    expect(new Set(cloud.actions)).toEqual(new Set(['ssm:GetParametersByPath', 'cloudwatch:DescribeAlarms']));
  });

  test('reads the parameters of a single credential with one SSM call', async () => {
    const { code, out } = await status('kis-main');
    expect(code).toBe(EXIT_ALL_LIVE);
    expect(cloud.actions).toEqual(['ssm:GetParameters', 'cloudwatch:DescribeAlarms']);
    expect(out).toContain('generation 41, fingerprint 352fd9b303ab');
    expect(out).toContain('1 of 8 in 24 hours');
    expect(out).toContain('nxt 08:00–20:00 Asia/Seoul, mon–fri');
  });

  test('draws the remaining lifetime of the token as a bar', async () => {
    const lengths: number[] = [];
    for (const age of [0, DAY / 4, DAY / 2, DAY - HOUR / 2]) {
      storeState(cloud, 'kis-main', { age });
      lengths.push((await status('kis-main')).out.split('█').length - 1);
    }
    expect(lengths).toEqual([24, 18, 12, 1]);
  });

  test.each(STATUS_CASES)('shows %s and exits with code %i', async (_, code, changes, text) => {
    storeState(cloud, 'kis-main', changes());
    expect(await status()).toMatchObject({ code, out: expect.stringMatching(text) });
  });

  test('shows a credential without a token, and exits with code 1', async () => {
    aws.deleteParameter(state);
    const text = /✖ {2}kis-main.*no token +at next tick.*No token has been published yet\./s;
    expect(await status()).toMatchObject({ code: EXIT_NOT_HEALTHY, out: expect.stringMatching(text) });
  });

  test('reports a damaged state, and exits with code 1', async () => {
    aws.putParameter(state, '{"version":1,"generation":4');
    const text = 'The state parameter is damaged: it is not JSON';
    expect(await status()).toMatchObject({ code: EXIT_NOT_HEALTHY, out: expect.stringContaining(text) });
  });

  test.each([
    ['deleted', () => aws.deleteParameter(token)],
    ['overwritten', () => aws.putParameter(token, 'FAKE-other-token', 'SecureString')],
  ])('exits with code 1 if the token parameter was %s', async (tokenProblem, damage) => {
    damage();
    for (const args of [[], ['kis-main']]) {
      const { code, out } = await status(...args);
      expect(code).toBe(EXIT_NOT_HEALTHY);
      expect(out).toMatch(/✖ +kis-main .* missing/);
      expect(out).toContain(
        `→ The token parameter was ${tokenProblem}. The next tick restores it. To restore it at once, run: refresh kis-main.`,
      );
    }
    const missing = { phase: 'missing', healthy: false, severity: 2, tokenProblem };
    expect(await firstCredential('kis-main')).toMatchObject(missing);
  });

  test('shows the token as live while the refresher writes the next token, and exits with code 0', async () => {
    storeState(cloud, 'kis-main', { attempt: attempt('started', { failures: 0 }) });
    aws.putParameter(token, 'FAKE-new-token', 'SecureString');
    expect(await status()).toMatchObject({
      code: EXIT_ALL_LIVE,
      out: expect.stringContaining('●  kis-main'),
    });
  });

  test('shows a credential whose config parameter was deleted, and exits with code 1', async () => {
    const value = aws.parameter(config)?.value ?? '';
    aws.deleteParameter(config);
    const ended = await status();
    aws.putParameter(config, value);
    const text = '✖  kis-main\n   The config parameter does not exist.\n   → For the fix, run: doctor.';
    expect(ended).toMatchObject({ code: EXIT_NOT_HEALTHY, out: expect.stringContaining(text) });
  });

  test('shows the fix of a failed attempt only until the credential is healthy again', async () => {
    const failing = attempt('rejected', { kind: 'revoke', brokerCode: 'EGW00105', failures: 1 });
    storeState(cloud, 'kis-main', { attempt: failing, token: { health: 'dead' } });
    expect((await status('kis-main')).out).toContain('→ The app secret is wrong.');
    storeState(cloud, 'kis-main', { attempt: failing });
    for (const command of ['status', 'explain']) {
      const { code, out } = await runAtConsole(cloud, [command, 'kis-main']);
      expect(code).toBe(EXIT_ALL_LIVE);
      expect(out).not.toContain('→');
    }
  });

  test('shows when the refresher retries a rejected key, and omits the pending change of the secret', async () => {
    const pending = { credentialsChanged: { since: Date.now() - MINUTE } };
    const rejected = { ...refused(), secretVersion: 'v2' };
    storeState(cloud, 'kis-main', { refused: rejected, calledWith: 'ba9876543210', pending });
    for (const args of [['status'], ['status', 'kis-main'], ['explain', 'kis-main']]) {
      const { out } = await runAtConsole(cloud, args, { columns: 200 });
      expect(out).toMatch(/The refresher tries it again\s+(today|tomorrow)\s+\d\d:\d\d\s+KST/);
      expect(out).not.toContain('CredentialsChanged: ');
    }
  });

  test('shows an alarm in the state ALARM with the runbook chapter of the alarm, and exits with code 1', async () => {
    const { alarms } = installHealthyStack(cloud);
    const alarm = alarms.find(({ AlarmName }) => AlarmName.endsWith('kis-main-ActionRequired'));
    Object.assign(alarm ?? {}, { StateValue: 'ALARM' });
    const { code, out } = await status();
    expect(code).toBe(EXIT_NOT_HEALTHY);
    expect(out).toMatch(
      /▲ BrokerTokens-kis-main-ActionRequired since .*\n {2}docs\/runbook\.md#actionrequired/,
    );
    const other = await status('kiwoom-main');
    expect(other).toMatchObject({ code: EXIT_ALL_LIVE, out: expect.stringContaining('no alarm is on') });
  });

  test.each([40, 56, 80, 120])(
    'prints no line that is longer than a terminal with %i columns',
    async (columns) => {
      const { alarms } = installHealthyStack(cloud);
      Object.assign(alarms[0] ?? {}, { StateValue: 'ALARM' });
      const message = 'EGW00103 유효하지 않은 AppKey입니다. '.repeat(4);
      const rejected = attempt('rejected', { brokerCode: 'EGW00103', message });
      storeState(cloud, 'kis-main', { attempt: rejected, refused: refused(), age: 23.5 * HOUR });
      for (const args of [['status'], ['status', 'kis-main']]) {
        const { out } = await runAtConsole(cloud, args, { columns });
        expect(out).toContain('유효하지');
        for (const line of out.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
      }
    },
  );

  test.each([
    ['uses colors on a screen', true, [], {}, true],
    ['uses no colors with NO_COLOR', true, [], { NO_COLOR: '1' }, false],
    ['uses no colors with --no-color', true, ['--no-color'], {}, false],
    ['uses no colors on a pipe', false, [], {}, false],
    ['uses colors on a pipe with FORCE_COLOR', false, [], { FORCE_COLOR: '1' }, true],
  ] as const)('follows the color settings: %s', async (_, isTerminal, args, environment, colored) => {
    const { out } = await runAtConsole(cloud, ['status', ...args], { isTerminal, environment });
    expect(out.includes('\x1b[')).toBe(colored);
  });

  test('prints every instant as ISO 8601 in its JSON output', async () => {
    storeState(cloud, 'kis-main', { token: { health: 'suspect' }, attempt: attempt('unavailable') });
    const { out } = await status('--json');
    const stack = { stack: 'BrokerTokens', region: 'ap-northeast-2', alarms: [], invalid: [] };
    expect(JSON.parse(out)).toMatchObject(stack);
    expect(await firstCredential()).toMatchObject({
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
