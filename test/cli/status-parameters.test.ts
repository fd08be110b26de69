import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { names } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { LIVE_KIS_AND_KIWOOM } from './cloud-options.ts';
import { runAtConsole } from './console.ts';
import { storeState } from './states.ts';

const { config, token } = names('kis-main');
let cloud: SimulatedCloud;

beforeAll(async () => {
  cloud = await SimulatedCloud.start(LIVE_KIS_AND_KIWOOM);
});

afterAll(() => cloud.stop());

beforeEach(() => {
  storeState(cloud, 'kis-main');
  storeState(cloud, 'kiwoom-main');
});

describe('the command "status"', () => {
  test.each([
    ['deleted', () => cloud.refresher.world.aws.deleteParameter(token)],
    ['overwritten', () => cloud.refresher.world.aws.putParameter(token, 'FAKE-other-token', 'SecureString')],
  ])('shows a token parameter that was %s as missing (exit code 1)', async (problem, damage) => {
    damage();
    for (const args of [['status'], ['status', 'kis-main']]) {
      const { code, out } = await runAtConsole(cloud, args, { columns: 140 });
      expect(code).toBe(1);
      expect(out).toMatch(/✖ +kis-main .* missing/);
      expect(out).toContain(
        `→ The token parameter was ${problem}. The next tick restores it. To restore it at once, run: refresh kis-main.`,
      );
    }
    const { out } = await runAtConsole(cloud, ['status', 'kis-main', '--json']);
    const [credential] = (JSON.parse(out) as { credentials: object[] }).credentials;
    expect(credential).toMatchObject({
      phase: 'missing',
      healthy: false,
      severity: 2,
      tokenProblem: problem,
    });
  });

  test('shows the token as live while the refresher writes the next token (exit code 0)', async () => {
    const now = cloud.clock.now();
    const call = { at: now, cause: 'schedule', messageId: 'm', kind: 'issue', failures: 0 } as const;
    storeState(cloud, 'kis-main', { attempt: { ...call, outcome: 'started' } });
    cloud.refresher.world.aws.putParameter(token, 'FAKE-new-token', 'SecureString');
    const { code, out } = await runAtConsole(cloud, ['status']);
    expect(code).toBe(0);
    expect(out).toMatch(/● {2}kis-main/);
  });

  test('shows a credential whose config parameter was deleted (exit code 1)', async () => {
    const { aws } = cloud.refresher.world;
    const value = aws.parameter(config)?.value ?? '';
    aws.deleteParameter(config);
    const { code, out } = await runAtConsole(cloud, ['status']);
    aws.putParameter(config, value);
    expect(code).toBe(1);
    expect(out).toMatch(
      /✖ {2}kis-main\n {3}The config parameter does not exist\.\n {3}→ For the fix, run: doctor\./,
    );
  });
});
