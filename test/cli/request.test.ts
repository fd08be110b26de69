import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../cli/time.ts';
import { Cloud } from './cloud.ts';
import { atConsole } from './console.ts';
import { tokens } from './run-tokens.ts';

let cloud: Cloud;

beforeEach(async () => {
  cloud = await Cloud.start({
    credentials: [
      { id: 'kis-main', broker: 'kis' },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
    kiwoom: { reissue: 'supersede' },
  });
});

afterEach(() => cloud.stop());

describe('refresh', () => {
  test('asks through the inbox, waits, and shows the new token', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const { code, out, err } = await tokens(cloud, [
      'refresh',
      'kiwoom-main',
      '--reason',
      'the pager said so',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/✔ kiwoom-main has a new token: generation 2, expires .* KST, in \d+ h/);
    expect(cloud.sent.map((body) => JSON.parse(body) as unknown)).toEqual([
      {
        credential: 'kiwoom-main',
        cause: 'forced',
        reason: 'the pager said so',
        at: expect.stringMatching(/Z$/),
      },
    ]);
  });

  test('answers in JSON, with the message and the state', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const { code, out } = await atConsole(cloud, ['refresh', 'kiwoom-main', '--json']);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(answer).toMatchObject({
      credential: 'kiwoom-main',
      result: 'done',
      state: { generation: 2, phase: 'fresh' },
    });
    expect(answer['messageId']).toBe(cloud.state('kiwoom-main').lastRequest?.messageId);
  });

  test('what the rules refuse is said before anything is sent, with the time from which it is allowed', async () => {
    await cloud.tickAgo(HOUR, 'kis-main');
    const { code, err } = await tokens(cloud, ['refresh', 'kis-main']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /✖ Not sent: KIS returns the same token for 6 h after its issue\. It would be allowed (today|tomorrow) \d\d:\d\d KST, in 4 h 59 min\..* revoke kis-main\./,
    );
    expect(cloud.sent).toEqual([]);
  });

  test('does not wait out the minimum interval of a request that the reuse window refuses', async () => {
    await cloud.tick('kis-main');
    const { code, err } = await atConsole(cloud, ['refresh', 'kis-main']);
    expect(code).toBe(1);
    expect(err).toContain('It would be allowed');
    expect(err).toContain('in 5 h 59 min');
  });

  test('in JSON a refusal has that time, too', async () => {
    await cloud.tickAgo(HOUR, 'kis-main');
    const { out } = await atConsole(cloud, ['refresh', 'kis-main', '--json']);
    const { issuedAt } = cloud.state('kis-main').published ?? { issuedAt: 0 };
    expect(JSON.parse(out)).toMatchObject({
      error: { code: 'CommandFailed', allowedAt: new Date(issuedAt + 6 * HOUR).toISOString() },
    });
  });

  test('a minimum interval that is nearly over is waited out', async () => {
    await cloud.tickAgo(500, 'kiwoom-main');
    const { code, err } = await atConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(0);
    expect(err).toMatch(/Sent at \d\d:\d\d:\d\d KST: Kiwoom accepts one issue call in 2 s/);
    expect(cloud.state('kiwoom-main').generation).toBe(2);
  });

  test('one that is longer than the patience ends it, and nothing is sent', async () => {
    await cloud.tick('kiwoom-main');
    const { code, err } = await atConsole(cloud, ['refresh', 'kiwoom-main', '--timeout', '1s']);
    expect(code).toBe(1);
    expect(err).toMatch(/Not sent: Kiwoom accepts one issue call in 2 s.*Wait longer with --timeout/);
    expect(cloud.sent).toEqual([]);
  });

  test('a broker that refuses the key is told, with its code and the cure', async () => {
    cloud.refresher.world.kiwoom.set({ refuseIssue: '8050' });
    const { code, err } = await atConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toMatch(/No new token: the broker refused the key.*8050.*Register the outbound IP address/s);
  });

  test('reads a secret again that held no usable key, and reports that it still holds none', async () => {
    cloud.refresher.world.putSecret('kiwoom', '{"appkey":"xxx","secretkey":"xxx"}');
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const { code, err } = await atConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toMatch(/No new token: the secret holds no app key: .*Store the key: credentials put/s);
  });

  test('reports a token that the broker returned unchanged as a failure', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    cloud.refresher.world.kiwoom.set({ reissue: 'same-token' });
    const { code, err } = await atConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toContain('No new token: the broker returned the same token.');
  });

  test('an inbox that nobody serves ends the waiting, and the request is not lost', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    cloud.stalled = true;
    const { code, err } = await atConsole(cloud, ['refresh', 'kiwoom-main', '--timeout', '2s']);
    expect(code).toBe(1);
    expect(err).toMatch(/No answer within 2 s.*stays in the inbox for up to two hours.*doctor/s);
  });

  test('Ctrl-C while waiting says what goes on without us', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    cloud.stalled = true;
    const { code, err } = await tokens(cloud, ['refresh', 'kiwoom-main'], {
      watch: (said, interrupt) => said.includes('Waiting for the refresher') && interrupt(),
    });
    expect(code).toBe(130);
    expect(err).toMatch(/Interrupted\. The request [\w-]+ stays in the inbox/);
    expect(cloud.sent).toHaveLength(1);
  });

  test('a paused credential is resumed, not refreshed', async () => {
    await pause('kiwoom-main');
    const { code, err } = await atConsole(cloud, ['refresh', 'kiwoom-main']);
    expect(code).toBe(1);
    expect(err).toContain('resume kiwoom-main');
  });
});

test('a refresh of a live KIS token names the KakaoTalk message', async () => {
  const live = await Cloud.start({ credentials: [{ id: 'kis-live', broker: 'kis', market: 'live' }] });
  try {
    live.stalled = true;
    const { err } = await atConsole(live, ['refresh', 'kis-live', '--timeout', '1s']);
    expect(err).toContain('KIS sends the owner of the account a KakaoTalk message for every token.');
  } finally {
    await live.stop();
  }
});

async function pause(id: string): Promise<void> {
  await cloud.tickAgo(20 * MINUTE, id);
  await cloud.refresher.send({ credential: id, cause: 'revoke', reissue: false });
}
