import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Cloud } from './cloud.ts';
import { LIVE_KIS_AND_KIWOOM, NO_ALARMS } from './cloud-options.ts';
import { atConsole } from './console.ts';
import { tokens } from './run-tokens.ts';
import { storeState } from './states.ts';

let cloud: Cloud;

beforeAll(async () => {
  cloud = await Cloud.start(LIVE_KIS_AND_KIWOOM);
});

afterAll(() => cloud.stop());

afterEach(() => {
  cloud.services['cloudwatch:DescribeAlarms'] = NO_ALARMS;
});

describe('status --watch', () => {
  test('refreshes until Ctrl-C and shows what changed', async () => {
    storeState(cloud, 'kis-main', { generation: 41 });
    const { code, out } = await tokens(cloud, ['status', '--watch', '2', '--json'], {
      watch: (output, interrupt) => {
        if (output.includes('"generation":42')) interrupt();
        else if (output.includes('"generation":41')) storeState(cloud, 'kis-main', { generation: 42 });
      },
    });
    expect(code).toBe(130);
    const generations = out
      .trim()
      .split('\n')
      .map(
        (line) => (JSON.parse(line) as { credentials: { generation: number }[] }).credentials[0]?.generation,
      );
    expect(generations).toEqual([41, 42]);
  });

  test('shows an AWS error and reads again', async () => {
    storeState(cloud, 'kis-main');
    const { code, out } = await tokens(cloud, ['status', '--watch', '2'], {
      watch: (output, interrupt) => {
        if (output.includes('Not updated: Not allowed: ssm:GetParametersByPath')) interrupt();
        else cloud.deny('ssm:GetParametersByPath');
      },
    });
    cloud.errors.clear();
    expect(code).toBe(130);
    expect(out.match(/kis-main/g)?.length).toBeGreaterThanOrEqual(2);
  });

  test('clears a screen before each status', async () => {
    storeState(cloud, 'kis-main');
    let reads = 0;
    let interrupt: (() => void) | undefined;
    cloud.services['cloudwatch:DescribeAlarms'] = () => {
      reads += 1;
      if (reads === 3) process.nextTick(() => interrupt?.());
      return NO_ALARMS();
    };
    const { code, out } = await atConsole(cloud, ['status', '--watch'], {
      screen: true,
      onStart: (signal) => {
        interrupt = () => signal('SIGINT');
      },
    });
    const [before, ...screens] = out.split('\x1b[2J\x1b[H');
    expect({ code, before }).toEqual({ code: 130, before: '' });
    expect(screens.length).toBeGreaterThanOrEqual(2);
    for (const screen of screens) expect(screen).toContain('kis-main');
  });
});
