import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR } from '../../cli/time.ts';
import { KIS_AND_KIWOOM, SimulatedCloud } from './cloud.ts';
import { KEYS, runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';
import { changeState } from './states.ts';

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = await SimulatedCloud.start(KIS_AND_KIWOOM);
  await cloud.runTicksAgo(HOUR, 'kiwoom-main', 'kis-main');
  return () => cloud.stop();
});

const run = (...args: readonly string[]) => runAtConsole(cloud, args);

describe('the command "revoke"', () => {
  test('revokes the token at the broker and prints the generation of the new token', async () => {
    const ended = await run('revoke', 'kiwoom-main', '--yes');
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('generation 2') });
    expect(cloud.refresher.world.kiwoom.count('revoke', 'revoked')).toBe(1);
  });

  test.each([
    ['revokes a live token after the confirmation', `y${KEYS.enter}`, 0, 1, 'Revoke the token of'],
    ['sends nothing if the operator does not confirm the prompt', KEYS.enter, 1, 0, 'Not confirmed.'],
    ['sends nothing after Ctrl-C at the confirmation', KEYS.ctrlC, 130, 0, 'Nothing was changed.'],
  ] as const)('%s', async (_, keys, code, sent, text) => {
    const typedKeys = [[/the\s+token\s+fails/, keys]] as const;
    const ended = await runAtConsole(cloud, ['revoke', 'kiwoom-main'], { isTerminal: true, typedKeys });
    expect(ended).toMatchObject({ code, err: expect.stringContaining(text) });
    expect(cloud.sent).toHaveLength(sent);
  });

  test('requires the option "--yes" if standard input is not a terminal', async () => {
    const ended = await tokens(cloud, ['revoke', 'kiwoom-main']);
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('Pass --yes.') });
    expect(cloud.sent).toEqual([]);
  });

  test('pauses the credential until the command "resume" if the option "--no-reissue" is set', async () => {
    const revoked = await run('revoke', 'kiwoom-main', '--no-reissue', '--yes');
    const text = 'The broker confirmed the revocation. kiwoom-main is paused';
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining(text) });
    expect(cloud.state('kiwoom-main')).toMatchObject({
      paused: true,
      published: { health: 'dead', revokedAt: expect.any(Number) },
    });
    const rejected = await run('revoke', 'kiwoom-main', '--yes');
    expect(rejected).toMatchObject({ code: 1, err: expect.stringContaining('resume kiwoom-main') });
    const resumed = await run('resume', 'kiwoom-main');
    expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining('generation 2') });
    expect(cloud.state('kiwoom-main').paused).toBeUndefined();
  });

  test('does not revoke a live token if the broker returned the same token after an earlier revocation', async () => {
    changeState(cloud, 'kis-main', { revokeUseless: true });
    const text =
      /not sent, because no new token can be issued before .* even after a confirmed.*--no-reissue/s;
    const ended = await run('revoke', 'kis-main', '--yes');
    expect(ended).toMatchObject({ code: 1, err: expect.stringMatching(text) });
    expect(cloud.sent).toEqual([]);
  });

  test.each([
    [
      'on one line',
      [],
      /RevokePending: the broker has not confirmed .* revokes the token again at each tick/s,
    ],
    ['as JSON', ['--json'], /"result":"pending".*"phase":"revoking"/],
  ])('reports an unconfirmed revocation as pending %s', async (_, args, text) => {
    cloud.refresher.world.kiwoom.set({ outage: { revoke: 'http-500' } });
    const { code, out, err } = await run('revoke', 'kiwoom-main', '--no-reissue', '--yes', ...args);
    expect({ code, output: out + err }).toEqual({ code: 1, output: expect.stringMatching(text) });
    const status = await runAtConsole(cloud, ['status'], { columns: 140 });
    expect(status.out).toMatch(
      /▲ {2}kiwoom-main .*revoking.*RevokePending: revocation requested .* no new token follows until the credential is\s+resumed/s,
    );
  });
});

describe('within the reuse window of KIS,', () => {
  const replacements = [
    ['refresh', 'is dead', { health: 'dead' }, /token is dead\. KIS returns this .* revoke kis-main\./],
    [
      'refresh',
      'is suspect',
      { health: 'suspect' },
      /token is suspect\. KIS returns this .* revoke kis-main/,
    ],
    [
      'refresh',
      'has a pending revocation',
      { health: 'dead', revocations: 1 },
      /revokes it again at each tick/,
    ],
    ['revoke', 'has a pending revocation', { health: 'dead', revocations: 1 }, /Waiting/],
  ] as const;
  test.each(replacements)(
    'the command "%s" replaces a published token that %s and that the broker rejects',
    async (command, _, token, text) => {
      const { kis } = cloud.refresher.world;
      kis.set({ reuseDead: 'never' });
      kis.kill(kis.tokens[0]?.token ?? '');
      changeState(cloud, 'kis-main', {}, token);
      const yes = command === 'revoke' ? ['--yes'] : [];
      const ended = await run(command, 'kis-main', ...yes);
      expect(ended).toMatchObject({ code: 0, err: expect.stringMatching(text) });
      expect(cloud.state('kis-main').generation).toBe(2);
    },
  );

  test('the command "refresh" suggests the command "revoke" if the broker accepts the suspect token', async () => {
    changeState(cloud, 'kis-main', {}, { health: 'suspect' });
    const { code, err } = await run('refresh', 'kis-main');
    expect(code).toBe(1);
    expect(err).toMatch(
      /The request cannot be completed yet: KIS returns the same token for 6 h.* revoke kis-main\.\n$/s,
    );
  });
});
