import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { HOUR, MINUTE } from '../../operator/time.ts';
import { names } from '../../simulator/world.ts';
import { Cloud } from './cloud.ts';
import { tokens } from './command.ts';
import { atConsole, KEYS } from './console.ts';

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
      error: { code: 'NotDone', allowedAt: new Date(issuedAt + 6 * HOUR).toISOString() },
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

describe('revoke', () => {
  test('revokes the token at the broker, and a new one is there', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const { code, out } = await tokens(cloud, ['revoke', 'kiwoom-main', '--yes']);
    expect(code).toBe(0);
    expect(out).toContain('generation 2');
    expect(cloud.refresher.world.kiwoom.count('revoke', 'revoked')).toBe(1);
  });

  test('asks before a living token dies', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const { code, err } = await atConsole(cloud, ['revoke', 'kiwoom-main'], {
      screen: true,
      typed: [[/fails at once/, `y${KEYS.enter}`]],
    });
    expect(code).toBe(0);
    expect(err).toContain('Revoke the token of kiwoom-main?');
  });

  test('unless somebody says yes, nothing is sent', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const typed = [[/fails at once/, KEYS.enter]] as const;
    const { code, err } = await atConsole(cloud, ['revoke', 'kiwoom-main'], { screen: true, typed });
    expect({ code, sent: cloud.sent }).toEqual({ code: 1, sent: [] });
    expect(err).toContain('Not revoked.');
  });

  test('Ctrl-C at the question changes nothing', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const typed = [[/fails at once/, KEYS.ctrlC]] as const;
    const { code, err } = await atConsole(cloud, ['revoke', 'kiwoom-main'], { screen: true, typed });
    expect({ code, sent: cloud.sent }).toEqual({ code: 130, sent: [] });
    expect(err).toContain('Nothing was changed.');
  });

  test('where nobody can be asked, it takes --yes', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const { code, err } = await tokens(cloud, ['revoke', 'kiwoom-main']);
    expect({ code, sent: cloud.sent }).toEqual({ code: 2, sent: [] });
    expect(err).toContain('Pass --yes.');
  });

  test('--no-reissue leaves it paused, and resume brings a new token', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const revoked = await tokens(cloud, ['revoke', 'kiwoom-main', '--no-reissue', '--yes']);
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('kiwoom-main is paused') });
    expect(cloud.state('kiwoom-main')).toMatchObject({
      paused: true,
      published: { health: 'dead', revokedAt: expect.any(Number) },
    });
    const resumed = await tokens(cloud, ['resume', 'kiwoom-main']);
    expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining('generation 2') });
    expect(cloud.state('kiwoom-main').paused).toBeUndefined();
  });

  test('does not revoke a live token if the broker returned one after its confirmed revocation', async () => {
    await cloud.tickAgo(HOUR, 'kis-main');
    stored('kis-main', { revokeUseless: true });
    const { code, err } = await atConsole(cloud, ['revoke', 'kis-main', '--yes']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /Not sent: no new token can be issued before .* even after a confirmed.*--no-reissue/s,
    );
    expect(cloud.sent).toEqual([]);
  });

  test('reports a revocation whose answer was lost as pending, neither paused nor live', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    cloud.refresher.world.kiwoom.set({ outage: { revoke: 'http-500' } });
    const { code, err } = await atConsole(cloud, ['revoke', 'kiwoom-main', '--no-reissue', '--yes']);
    expect(code).toBe(1);
    expect(err).toContain('RevokePending: the broker has not confirmed the revocation');
    expect(err).toMatch(/the broker did not confirm the revocation.*revokes it again at each tick/s);
    const { out } = await atConsole(cloud, ['status'], { columns: 140 });
    expect(out).toMatch(/▲ {2}kiwoom-main .*revoking/);
    expect(out).toMatch(/RevokePending: revocation requested .* no new token follows until it is resumed/);
    expect(out).not.toMatch(/kiwoom-main .*(paused|fresh)/);
  });

  test('answers in JSON that a revocation is pending', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    cloud.refresher.world.kiwoom.set({ outage: { revoke: 'http-500' } });
    const args = ['revoke', 'kiwoom-main', '--no-reissue', '--yes', '--json'];
    const { code, out } = await atConsole(cloud, args);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      result: 'pending',
      state: { phase: 'revoking', paused: false, pending: { revoke: { reissue: false } } },
    });
  });

  test('names resume for a paused credential', async () => {
    await pause('kiwoom-main');
    const { code, err } = await atConsole(cloud, ['revoke', 'kiwoom-main', '--yes']);
    expect(code).toBe(1);
    expect(err).toContain('resume kiwoom-main');
  });
});

describe('refresh of a KIS token within its reuse window', () => {
  test.each(['dead', 'suspect'] as const)('names revoke if the token is %s, and sends', async (health) => {
    await cloud.tickAgo(HOUR, 'kis-main');
    killKisToken();
    stored('kis-main', {}, { health });
    const { code, err } = await atConsole(cloud, ['refresh', 'kis-main']);
    expect(err).toMatch(
      new RegExp(`The published token is ${health}\\. KIS returns this token until .* revoke kis-main\\.`),
    );
    expect(err).not.toContain('Not sent');
    expect({ code, generation: cloud.state('kis-main').generation }).toEqual({ code: 0, generation: 2 });
  });

  test('names revoke if the suspect token turns out to be live', async () => {
    await cloud.tickAgo(HOUR, 'kis-main');
    stored('kis-main', {}, { health: 'suspect' });
    const { code, err } = await atConsole(cloud, ['refresh', 'kis-main']);
    expect(code).toBe(1);
    expect(err).toMatch(/Not yet: KIS returns the same token for 6 h.* revoke kis-main\.\n$/s);
  });

  const commands = [
    ['refresh', ['refresh', 'kis-main'], 'the refresher revokes it again at each tick'],
    ['revoke', ['revoke', 'kis-main', '--yes'], ''],
  ] as const;
  test.each(commands)('%s is sent while the dead token is revoked at each tick', async (_, args, note) => {
    await cloud.tickAgo(HOUR, 'kis-main');
    killKisToken();
    stored('kis-main', {}, { health: 'dead', revocations: 1 });
    const { code, err } = await atConsole(cloud, args);
    expect(err).toContain(note);
    expect(err).not.toContain('Not sent');
    expect({ code, generation: cloud.state('kis-main').generation }).toEqual({ code: 0, generation: 2 });
  });
});

describe('resume', () => {
  test('of what is not paused does nothing', async () => {
    await cloud.tickAgo(HOUR, 'kis-main');
    expect(await atConsole(cloud, ['resume', 'kis-main'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('is not paused'),
    });
    expect(cloud.sent).toEqual([]);
  });
});

test('a live KIS account is told of the KakaoTalk message', async () => {
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

/** The token dies at the broker, which issues another one when asked. */
function killKisToken(): void {
  const { kis } = cloud.refresher.world;
  kis.set({ reuseDead: 'never' });
  kis.kill(kis.tokens[0]?.token ?? '');
}

/** Changes the stored state, and its published token. */
function stored(id: string, changes: Partial<State>, token: Partial<PublishedToken> = {}): void {
  const { published, ...state } = cloud.state(id);
  if (published === undefined) throw new Error(`${id} has no token`);
  const text = formatState({ ...state, ...changes, published: { ...published, ...token } });
  cloud.refresher.world.aws.putParameter(names(id).state, text);
}
