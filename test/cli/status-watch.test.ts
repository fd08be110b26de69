import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { names } from '../../simulator/world.ts';
import { Cloud } from './cloud.ts';
import { atConsole } from './console.ts';
import { tokens } from './run-tokens.ts';
import { storeState } from './states.ts';

let cloud: Cloud;
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

describe('status --watch', () => {
  test('refreshes until Ctrl-C and shows what changed', async () => {
    storeState(cloud, 'kis-main', { generation: 41 });
    const { code, out } = await tokens(cloud, ['status', '--watch', '2', '--json'], {
      watch: (said, interrupt) => {
        if (said.includes('"generation":42')) interrupt();
        else if (said.includes('"generation":41')) storeState(cloud, 'kis-main', { generation: 42 });
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

  test('shows an AWS error and continues', async () => {
    storeState(cloud, 'kis-main');
    const { code, out } = await tokens(cloud, ['status', '--watch', '2'], {
      watch: (said, interrupt) => {
        if (said.includes('Not renewed: Not allowed: ssm:GetParametersByPath')) interrupt();
        else cloud.deny('ssm:GetParametersByPath');
      },
    });
    cloud.trouble.clear();
    expect(code).toBe(130);
    expect(out.match(/kis-main/g)?.length).toBeGreaterThanOrEqual(2);
  });

  test('redraws a screen and restores it at the end', async () => {
    storeState(cloud, 'kis-main');
    let reads = 0;
    cloud.services['cloudwatch:DescribeAlarms'] = () => {
      reads += 1;
      if (reads === 3) process.nextTick(() => interrupt?.());
      return NO_ALARMS();
    };
    let interrupt: (() => void) | undefined;
    const ended = await atConsole(cloud, ['status', '--watch'], {
      screen: true,
      onStart: (signal) => {
        interrupt = () => signal('SIGINT');
      },
    });
    expect(ended.code).toBe(130);
    expect(ended.out.startsWith('\x1b[?1049h')).toBe(true);
    expect(ended.out.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
    // The clock runs between two reads.
    expect(ended.out.split('\x1b[H').length - 1).toBeGreaterThan(15);
  });
});

describe('show', () => {
  test('shows the facts of the token without the token', async () => {
    const own = await Cloud.start();
    try {
      await own.tick('kis-main');
      const { code, out } = await tokens(own, ['show', 'kis-main']);
      expect(code).toBe(0);
      expect(out).toMatch(/token +live, expires in 23 h 59 min/);
      expect(out).toContain('/broker-tokens/kis-main/token');
      for (const secret of own.secrets) expect(out).not.toContain(secret);

      const revealed = await tokens(own, ['show', 'kis-main', '--reveal']);
      expect(revealed).toMatchObject({ code: 0, out: `${own.refresher.world.kis.tokens[0]?.token}\n` });
      expect(revealed.err).toContain('generation');
    } finally {
      await own.stop();
    }
  });

  test('does not print a dead token', async () => {
    storeState(cloud, 'kis-main', { token: { health: 'dead' } });
    cloud.refresher.world.aws.putParameter(names('kis-main').token, 'FAKE-dead-token', 'SecureString');
    const { code, out, err } = await atConsole(cloud, ['show', 'kis-main', '--reveal']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('is dead: it is not printed');
  });

  test('reads a token again that does not belong to the state, and then fails', async () => {
    storeState(cloud, 'kis-main');
    cloud.refresher.world.aws.putParameter(names('kis-main').token, 'FAKE-other-token', 'SecureString');
    cloud.asked.length = 0;
    const { code, out, err } = await atConsole(cloud, ['show', 'kis-main', '--reveal']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('its fingerprint differs');
    expect(cloud.asked.filter((action) => action === 'ssm:GetParameters')).toHaveLength(6);
  });
});
