import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../cli/time.ts';
import { names } from '../../simulator/world.ts';
import { KIS_AND_KIWOOM, SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = await SimulatedCloud.start(KIS_AND_KIWOOM);
  return () => cloud.stop();
});

const run = (...args: readonly string[]) => runAtConsole(cloud, args);

describe('the command "refresh"', () => {
  test('sends a message to the inbox, waits, and prints the generation and expiry of the new token', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const args = ['refresh', 'kiwoom-main', '--reason', 'the token was leaked'];
    const { code, out, err } = await tokens(cloud, args);
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

  test('prints the sent message and the state as JSON if the option "--json" is set', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const { code, out } = await run('refresh', 'kiwoom-main', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      credential: 'kiwoom-main',
      messageId: cloud.state('kiwoom-main').lastRequest?.messageId,
      result: 'done',
      state: { generation: 2, phase: 'fresh' },
    });
  });

  const unsent: readonly [title: string, prepare: () => Promise<void>, args: readonly string[], RegExp][] = [
    [
      'before the end of the reuse window of KIS, and prints when the request is allowed',
      () => cloud.runTicksAgo(HOUR, 'kis-main'),
      ['kis-main'],
      /✖ Not sent: KIS returns the same token for 6 h after its issue\. The request is allowed (today|tomorrow) \d\d:\d\d KST, in 4 h 59 min\..* revoke kis-main\./,
    ],
    [
      'within the minimum interval of KIS, because KIS would return the same token after the interval, too',
      () => cloud.tick('kis-main'),
      ['kis-main'],
      /The request is allowed .* in 5 h 59 min/,
    ],
    [
      'if the minimum interval ends after the timeout',
      () => cloud.tick('kiwoom-main'),
      ['kiwoom-main', '--timeout', '1s'],
      /Not sent: Kiwoom accepts one issue call in 2 s.*Pass a longer --timeout/,
    ],
    [
      'for a paused credential, and suggests the command "resume"',
      () => pause('kiwoom-main'),
      ['kiwoom-main'],
      /resume kiwoom-main/,
    ],
  ];
  test.each(unsent)('sends no request %s', async (_, prepare, args, text) => {
    await prepare();
    expect(await run('refresh', ...args)).toMatchObject({ code: 1, err: expect.stringMatching(text) });
    expect(cloud.sent).toEqual([]);
  });

  const failures: readonly [title: string, prepare: () => unknown, text: RegExp][] = [
    [
      'the code of the broker and the fix if the broker rejects the app key',
      () => cloud.refresher.world.kiwoom.set({ refuseIssue: '8050' }),
      /No new token: the broker rejected the key.*8050.*Register the outbound IP address/s,
    ],
    [
      'that the secret is still invalid after the refresher has read the secret again',
      () => cloud.refresher.world.putSecret('kiwoom', '{"appkey":"xxx","secretkey":"xxx"}'),
      /No new token: the secret holds no app key: .*Store the key with "credentials put"/s,
    ],
    [
      'that the broker returned the same token',
      () => cloud.refresher.world.kiwoom.set({ reissue: 'same-token' }),
      /No new token: the broker returned the same token\./,
    ],
    [
      'after the timeout that the request stays in the inbox',
      () => Object.assign(cloud, { isInboxStalled: true }),
      /The refresher did not answer within 5 s.*stays in the inbox for up to two hours.*doctor/s,
    ],
  ];
  test.each(failures)('fails and prints %s', async (_, prepare, text) => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    prepare();
    const ended = await run('refresh', 'kiwoom-main', '--timeout', '5s');
    expect(ended).toMatchObject({ code: 1, err: expect.stringMatching(text) });
  });

  test.each([
    ['deleted', () => cloud.refresher.world.aws.deleteParameter(names('kis-main').token)],
    [
      'overwritten',
      () => cloud.refresher.world.aws.putParameter(names('kis-main').token, 'FAKE-other', 'SecureString'),
    ],
  ])(
    'restores a token parameter that was %s if every issue call returns the same token',
    async (problem, damage) => {
      await cloud.runTicksAgo(HOUR, 'kis-main');
      damage();
      const explanation = new RegExp(`The token parameter was ${problem}\\..*would be served at once`, 's');
      expect((await run('explain', 'kis-main')).out).toMatch(explanation);
      const restored = '✔ The token parameter of kis-main holds the published token again';
      const ended = await run('refresh', 'kis-main');
      expect(ended).toMatchObject({ code: 0, out: expect.stringContaining(restored) });
      expect((await run('show', 'kis-main')).code).toBe(0);
    },
  );

  test('prints in its JSON output the time at which a rejected request will be allowed', async () => {
    await cloud.runTicksAgo(HOUR, 'kis-main');
    const { out } = await run('refresh', 'kis-main', '--json');
    const { issuedAt } = cloud.state('kis-main').published ?? { issuedAt: 0 };
    expect(JSON.parse(out)).toMatchObject({
      error: { code: 'CommandFailed', allowedAt: new Date(issuedAt + 6 * HOUR).toISOString() },
    });
  });

  test('waits for a minimum interval that ends within the timeout', async () => {
    await cloud.runTicksAgo(500, 'kiwoom-main');
    const { code, err } = await run('refresh', 'kiwoom-main');
    expect({ code, generation: cloud.state('kiwoom-main').generation }).toEqual({ code: 0, generation: 2 });
    expect(err).toMatch(
      /The request will be sent at \d\d:\d\d:\d\d KST\. Kiwoom accepts one issue call in 2 s/,
    );
  });

  test('prints after Ctrl-C that the request stays in the inbox', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    cloud.isInboxStalled = true;
    const { code, err } = await tokens(cloud, ['refresh', 'kiwoom-main'], {
      onOutput: (output, interrupt) => output.includes('Waiting for the refresher') && interrupt(),
    });
    expect({ code, sent: cloud.sent.length }).toEqual({ code: 130, sent: 1 });
    expect(err).toMatch(
      /Interrupted\. The refresher can still receive the request [\w-]+, which stays in the inbox/,
    );
  });

  test('warns that KIS sends a KakaoTalk message for each token of a live key', async () => {
    cloud.isInboxStalled = true;
    const { err } = await run('refresh', 'kis-live', '--timeout', '1s');
    expect(err).toContain('KIS sends the owner of the account a KakaoTalk message for every token.');
  });
});

describe('the command "resume"', () => {
  test('changes nothing if the credential is not paused', async () => {
    await cloud.runTicksAgo(HOUR, 'kis-main');
    const ended = await run('resume', 'kis-main');
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('is not paused') });
    expect(cloud.sent).toEqual([]);
  });
});

async function pause(id: string): Promise<void> {
  await cloud.runTicksAgo(20 * MINUTE, id);
  await cloud.refresher.send({ credential: id, cause: 'revoke', reissue: false });
}
