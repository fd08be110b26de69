import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../cli/time.ts';
import { SimulatedCloud } from './cloud.ts';
import { KIS_AND_KIWOOM } from './cloud-options.ts';
import { KEYS, runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';
import { changeState } from './states.ts';

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = await SimulatedCloud.start(KIS_AND_KIWOOM);
});

afterEach(() => cloud.stop());

describe('the command "revoke"', () => {
  test('revokes the token at the broker and prints the generation of the new token', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const { code, out } = await tokens(cloud, ['revoke', 'kiwoom-main', '--yes']);
    expect(code).toBe(0);
    expect(out).toContain('generation 2');
    expect(cloud.refresher.world.kiwoom.count('revoke', 'revoked')).toBe(1);
  });

  test.each([
    [
      'revokes a live token after the confirmation',
      `y${KEYS.enter}`,
      0,
      1,
      'Revoke the token of kiwoom-main?',
    ],
    ['sends nothing if the operator does not confirm the prompt', KEYS.enter, 1, 0, 'Not confirmed.'],
    ['sends nothing after Ctrl-C at the confirmation', KEYS.ctrlC, 130, 0, 'Nothing was changed.'],
  ] as const)('%s', async (_, keys, expected, sent, text) => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const typedKeys = [[/the\s+token\s+fails/, keys]] as const;
    const { code, err } = await runAtConsole(cloud, ['revoke', 'kiwoom-main'], {
      isTerminal: true,
      typedKeys,
    });
    expect({ code, sent: cloud.sent.length }).toEqual({ code: expected, sent });
    expect(err).toContain(text);
  });

  test('requires the option --yes if its input is not a terminal', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const { code, err } = await tokens(cloud, ['revoke', 'kiwoom-main']);
    expect({ code, sent: cloud.sent }).toEqual({ code: 2, sent: [] });
    expect(err).toContain('Pass --yes.');
  });

  test('with --no-reissue pauses the credential until the command "resume" requests a new token', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
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

  test('does not revoke a live token if the broker returned the same token after an earlier revocation', async () => {
    await cloud.runTicksAgo(HOUR, 'kis-main');
    changeState(cloud, 'kis-main', { revokeUseless: true });
    const { code, err } = await runAtConsole(cloud, ['revoke', 'kis-main', '--yes']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /not sent, because no new token can be issued before .* even after a confirmed.*--no-reissue/s,
    );
    expect(cloud.sent).toEqual([]);
  });

  test.each([
    [
      'on one line',
      [],
      /RevokePending: the broker has not confirmed .* revokes the token again at each tick/s,
    ],
    ['as JSON', ['--json'], /"result":"pending".*"phase":"revoking"/],
  ])('reports an unconfirmed revocation as pending, %s', async (_, args, text) => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    cloud.refresher.world.kiwoom.set({ outage: { revoke: 'http-500' } });
    const command = ['revoke', 'kiwoom-main', '--no-reissue', '--yes', ...args];
    const ended = await runAtConsole(cloud, command);
    expect(ended.code).toBe(1);
    expect(ended.out + ended.err).toMatch(text);
    const { out } = await runAtConsole(cloud, ['status'], { columns: 140 });
    expect(out).toMatch(/▲ {2}kiwoom-main .*revoking/);
    expect(out).toMatch(
      /RevokePending: revocation requested .* no new token follows until the credential is\s+resumed/,
    );
    expect(out).not.toMatch(/kiwoom-main .*(paused|fresh)/);
  });

  test('suggests the command "resume" for a paused credential', async () => {
    await pause('kiwoom-main');
    const { code, err } = await runAtConsole(cloud, ['revoke', 'kiwoom-main', '--yes']);
    expect(code).toBe(1);
    expect(err).toContain('resume kiwoom-main');
  });
});

describe('within the reuse window of KIS', () => {
  test.each(['dead', 'suspect'] as const)(
    'the command "refresh" requests a new token if the published token is %s, and suggests the command "revoke"',
    async (health) => {
      await cloud.runTicksAgo(HOUR, 'kis-main');
      killKisToken();
      changeState(cloud, 'kis-main', {}, { health });
      const { code, err } = await runAtConsole(cloud, ['refresh', 'kis-main']);
      expect(err).toMatch(
        new RegExp(`The published token is ${health}\\. KIS returns this token until .* revoke kis-main\\.`),
      );
      expect(err).not.toContain('Not sent');
      expect({ code, generation: cloud.state('kis-main').generation }).toEqual({ code: 0, generation: 2 });
    },
  );

  test('the command "refresh" suggests the command "revoke" if the broker accepts the suspect token', async () => {
    await cloud.runTicksAgo(HOUR, 'kis-main');
    changeState(cloud, 'kis-main', {}, { health: 'suspect' });
    const { code, err } = await runAtConsole(cloud, ['refresh', 'kis-main']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /The request cannot be completed yet: KIS returns the same token for 6 h.* revoke kis-main\.\n$/s,
    );
  });

  const commands = [
    ['refresh', ['refresh', 'kis-main'], 'the refresher revokes it again at each tick'],
    ['revoke', ['revoke', 'kis-main', '--yes'], ''],
  ] as const;
  test.each(commands)(
    'the command "%s" replaces a dead token whose revocation is pending',
    async (_, args, note) => {
      await cloud.runTicksAgo(HOUR, 'kis-main');
      killKisToken();
      changeState(cloud, 'kis-main', {}, { health: 'dead', revocations: 1 });
      const { code, err } = await runAtConsole(cloud, args);
      expect(err).toContain(note);
      expect(err).not.toContain('Not sent');
      expect({ code, generation: cloud.state('kis-main').generation }).toEqual({ code: 0, generation: 2 });
    },
  );
});

test('the command "resume" changes nothing if the credential is not paused', async () => {
  await cloud.runTicksAgo(HOUR, 'kis-main');
  const ended = await runAtConsole(cloud, ['resume', 'kis-main']);
  expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('is not paused') });
  expect(cloud.sent).toEqual([]);
});

async function pause(id: string): Promise<void> {
  await cloud.runTicksAgo(20 * MINUTE, id);
  await cloud.refresher.send({ credential: id, cause: 'revoke', reissue: false });
}

/** Invalidates the token at the simulated KIS, which returns a different token at the next issue call. */
function killKisToken(): void {
  const { kis } = cloud.refresher.world;
  kis.set({ reuseDead: 'never' });
  kis.kill(kis.tokens[0]?.token ?? '');
}
