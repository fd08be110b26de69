import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../cli/time.ts';
import { names } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { KIS_AND_KIWOOM } from './cloud-options.ts';
import { runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = await SimulatedCloud.start(KIS_AND_KIWOOM);
});

afterEach(() => cloud.stop());

describe('the command "refresh"', () => {
  test('sends a message to the inbox, waits, and prints the generation and expiry of the new token', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const { code, out, err } = await tokens(cloud, [
      'refresh',
      'kiwoom-main',
      '--reason',
      'the token was leaked',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/✔ kiwoom-main has a new token: generation 2, expires .* KST, in \d+ h/);
    expect(cloud.sent.map((body) => JSON.parse(body) as unknown)).toEqual([
      {
        credential: 'kiwoom-main',
        cause: 'forced',
        reason: 'the token was leaked',
        at: expect.stringMatching(/Z$/),
        id: expect.any(String),
      },
    ]);
  });

  test('with --json prints the sent message and the state', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const { code, out } = await runAtConsole(cloud, ['refresh', 'kiwoom-main', '--json']);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(answer).toMatchObject({
      credential: 'kiwoom-main',
      result: 'done',
      state: { generation: 2, phase: 'fresh' },
    });
    expect(answer['messageId']).toBe(cloud.state('kiwoom-main').lastRequest?.messageId);
  });

  test('sends no request that the refresher would reject, and prints when the request is allowed', async () => {
    await cloud.runTicksAgo(HOUR, 'kis-main');
    const { code, err } = await tokens(cloud, ['refresh', 'kis-main']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /✖ Not sent: KIS returns the same token for 6 h after its issue\. The request is allowed (today|tomorrow) \d\d:\d\d KST, in 4 h 59 min\..* revoke kis-main\./,
    );
    expect(cloud.sent).toEqual([]);
  });

  test('fails at once if KIS would return the same token even after the minimum interval', async () => {
    await cloud.tick('kis-main');
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kis-main']);
    expect(code).toBe(1);
    expect(err).toContain('The request is allowed');
    expect(err).toContain('in 5 h 59 min');
  });

  test.each([
    ['deleted', () => cloud.refresher.world.aws.deleteParameter(names('kis-main').token)],
    [
      'overwritten',
      () => cloud.refresher.world.aws.putParameter(names('kis-main').token, 'FAKE-other', 'SecureString'),
    ],
  ])(
    'restores a token parameter that was %s, although KIS returns the same token',
    async (problem, damage) => {
      await cloud.runTicksAgo(HOUR, 'kis-main');
      damage();
      const explained = await runAtConsole(cloud, ['explain', 'kis-main']);
      expect(explained.out).toMatch(
        new RegExp(`The token parameter was ${problem}\\..*would be served at once`, 's'),
      );
      const { code, out, err } = await runAtConsole(cloud, ['refresh', 'kis-main']);
      expect({ code, err }).toMatchObject({ code: 0 });
      expect(out).toContain('✔ The token parameter of kis-main holds the published token again');
      expect((await runAtConsole(cloud, ['show', 'kis-main'])).code).toBe(0);
    },
  );

  test('prints in its JSON output the time at which a rejected request will be allowed', async () => {
    await cloud.runTicksAgo(HOUR, 'kis-main');
    const { out } = await runAtConsole(cloud, ['refresh', 'kis-main', '--json']);
    const { issuedAt } = cloud.state('kis-main').published ?? { issuedAt: 0 };
    expect(JSON.parse(out)).toMatchObject({
      error: { code: 'CommandFailed', allowedAt: new Date(issuedAt + 6 * HOUR).toISOString() },
    });
  });

  test('waits for a minimum interval that ends within the timeout', async () => {
    await cloud.runTicksAgo(500, 'kiwoom-main');
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(0);
    expect(err).toMatch(
      /The request will be sent at \d\d:\d\d:\d\d KST\. Kiwoom accepts one issue call in 2 s/,
    );
    expect(cloud.state('kiwoom-main').generation).toBe(2);
  });

  test('sends no request if the minimum interval ends after the timeout', async () => {
    await cloud.tick('kiwoom-main');
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kiwoom-main', '--timeout', '1s']);
    expect(code).toBe(1);
    expect(err).toMatch(/Not sent: Kiwoom accepts one issue call in 2 s.*Pass a longer --timeout/);
    expect(cloud.sent).toEqual([]);
  });

  test('prints the code of the broker and the fix if the broker rejects the app key', async () => {
    cloud.refresher.world.kiwoom.set({ refuseIssue: '8050' });
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toMatch(/No new token: the broker rejected the key.*8050.*Register the outbound IP address/s);
  });

  test('makes the refresher read an invalid secret again, and prints that the secret is still invalid', async () => {
    cloud.refresher.world.putSecret('kiwoom', '{"appkey":"xxx","secretkey":"xxx"}');
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toMatch(/No new token: the secret holds no app key: .*Store the key with "credentials put"/s);
  });

  test('fails if the broker returned the same token', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    cloud.refresher.world.kiwoom.set({ reissue: 'same-token' });
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toContain('No new token: the broker returned the same token.');
  });

  test('fails after the timeout, and prints that the request stays in the inbox', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    cloud.stalled = true;
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kiwoom-main', '--timeout', '2s']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /The refresher did not answer within 2 s.*stays in the inbox for up to two hours.*doctor/s,
    );
  });

  test('prints after Ctrl-C that the request stays in the inbox', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    cloud.stalled = true;
    const { code, err } = await tokens(cloud, ['refresh', 'kiwoom-main'], {
      onOutput: (output, interrupt) => output.includes('Waiting for the refresher') && interrupt(),
    });
    expect(code).toBe(130);
    expect(err).toMatch(
      /Interrupted\. The refresher can still receive the request [\w-]+, which stays in the inbox/,
    );
    expect(cloud.sent).toHaveLength(1);
  });

  test('suggests the command "resume" for a paused credential', async () => {
    await pause('kiwoom-main');
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toContain('resume kiwoom-main');
  });
});

test('the command "refresh" warns that KIS sends a KakaoTalk message for each token of a live key', async () => {
  const live = await SimulatedCloud.start({
    credentials: [{ id: 'kis-live', broker: 'kis', market: 'live' }],
  });
  try {
    live.stalled = true;
    const { err } = await runAtConsole(live, ['refresh', 'kis-live', '--timeout', '1s']);
    expect(err).toContain('KIS sends the owner of the account a KakaoTalk message for every token.');
  } finally {
    await live.stop();
  }
});

async function pause(id: string): Promise<void> {
  await cloud.runTicksAgo(20 * MINUTE, id);
  await cloud.refresher.send({ credential: id, cause: 'revoke', reissue: false });
}
