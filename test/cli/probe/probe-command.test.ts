import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR } from '../../../cli/time.ts';
import { temporaryDirectory } from '../../temp-dir.ts';
import { Cloud } from '../cloud.ts';
import { atConsole, KEYS } from '../console.ts';
import { tokens } from '../run-tokens.ts';

let cloud: Cloud;
let directory: string;

beforeEach(async () => {
  cloud = await Cloud.start({
    credentials: [
      { id: 'kis-paper', broker: 'kis' },
      { id: 'kiwoom-paper', broker: 'kiwoom' },
      { id: 'kis-live', broker: 'kis', market: 'live' },
    ],
    kis: { newTokenKillsOld: true, expiresInOnReuse: 'left' },
  });
  directory = temporaryDirectory('probe');
});

afterEach(() => cloud.stop());

const probe = (id: string, ...args: readonly string[]) =>
  atConsole(cloud, [
    'probe',
    id,
    '--yes',
    '--file',
    join(directory, 'journal.json'),
    '--report',
    directory,
    ...args,
  ]);

const reports = () => readdirSync(directory).filter((name) => name.startsWith('probe-'));

describe('probe', () => {
  test('pauses the credential, measures for six hours, writes its report and resumes it', async () => {
    await cloud.tickAgo(HOUR, 'kis-paper');
    const { code, out, err } = await probe('kis-paper', '--provoke-refusals');
    expect({ code, err: err.slice(-300) }).toEqual({
      code: 0,
      err: expect.stringContaining('has a new token'),
    });
    expect(err.replace(/\s+/g, ' ')).toContain(
      'At most 8 issued tokens, besides the 1 of the last 24 hours (maxIssuesPerDay is 8); about 6 h',
    );
    expect(out).toMatch(/The old token, once there is a new one +dead/);
    expect(out).toMatch(/expires_in of the same token +what is left/);
    expect(reports()).toEqual([
      expect.stringMatching(/^probe-kis-paper-.*\.json$/),
      expect.stringMatching(/\.md$/),
    ]);
    expect(cloud.state('kis-paper')).toMatchObject({ paused: undefined, attempt: { outcome: 'published' } });
    expect(existsSync(join(directory, 'journal.json'))).toBe(false);
  });

  test('does not ask so soon after the refresher that the broker would refuse', async () => {
    await cloud.tick('kis-paper');
    const { code } = await probe('kis-paper', '--quick');
    expect(code).toBe(0);
    expect(cloud.refresher.world.kis.calls.filter(({ outcome }) => outcome === 'EGW00133')).toEqual([]);
  });

  test('tells in JSON, and nothing else on standard output', async () => {
    const { code, out } = await probe('kiwoom-paper', '--quick', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      credential: 'kiwoom-paper',
      findings: { again: { token: 'same' } },
      suggestion: { settings: { renewEarly: 'revoke' } },
      files: [expect.stringContaining('.md'), expect.stringContaining('.json')],
    });
  });

  test('leaves paused what was paused before', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-paper');
    await cloud.refresher.send({ credential: 'kiwoom-paper', cause: 'revoke', reissue: false });
    const { code, err } = await probe('kiwoom-paper', '--quick');
    expect(code).toBe(0);
    expect(err).toContain('kiwoom-paper stays paused, as it was before');
    expect(cloud.state('kiwoom-paper').paused).toBe(true);
  });

  test('a live key takes a flag of its own', async () => {
    const { code, err } = await probe('kis-live');
    expect(code).toBe(1);
    expect(err).toMatch(/kis-live is a live key.*KakaoTalk.*--on-a-live-key/s);
    expect(cloud.sent).toEqual([]);
  });

  test('stops as soon as somebody resumes the credential, and goes on later', async () => {
    let calls = 0;
    const { kiwoom } = cloud.refresher.world;
    const first = probe('kiwoom-paper');
    while (kiwoom.count('issue') < 2 && calls < 2000) {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await cloud.refresher.send({ credential: 'kiwoom-paper', cause: 'forced' });
    const ended = await first;
    expect(ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('kiwoom-paper is not paused any more'),
    });
    const second = await probe('kiwoom-paper');
    expect(second).toMatchObject({ code: 0, out: expect.stringContaining('the same token') });
  });

  test('Ctrl-C says how to go on, and how to give it up; the journal holds no secret', async () => {
    const { code, err } = await tokens(
      cloud,
      ['probe', 'kis-paper', '--yes', '--file', join(directory, 'journal.json'), '--report', directory],
      {
        watch: (said, interrupt) => said.includes('Asked again') && interrupt(),
      },
    );
    expect(code).toBe(130);
    expect(err).toContain(
      'kis-paper stays paused: go on with npx broker-tokens probe kis-paper, or give it up with npx broker-tokens resume kis-paper.',
    );
    const journal = readFileSync(join(directory, 'journal.json'), 'utf8');
    expect(JSON.parse(journal)).toMatchObject({ paused: true, done: ['base'] });
    for (const secret of cloud.secrets) expect(journal).not.toContain(secret);
    const { code: second, out } = await probe('kis-paper', '--quick');
    expect(second).toBe(0);
    expect(out).toContain('Asked again');
  });

  test('says what it will do before it does it, and takes no for an answer', async () => {
    const { code, err } = await atConsole(
      cloud,
      ['probe', 'kis-paper', '--file', join(directory, 'j.json')],
      {
        screen: true,
        typed: [[/Begin\?/, KEYS.enter]],
      },
    );
    expect(code).toBe(1);
    expect(err).toContain('At most 5 issued tokens');
    expect(err).toContain('Nothing was done.');
    expect({ sent: cloud.sent, files: readdirSync(directory) }).toEqual({ sent: [], files: [] });
  });

  test('two at once on one key are one too many; a lock that a killed one left does not matter', async () => {
    const file = join(directory, 'journal.json');
    writeFileSync(`${file}.lock`, String(process.pid));
    expect(await probe('kiwoom-paper', '--quick')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Another probe has'),
    });
    expect(cloud.sent).toEqual([]);
    const { pid = 0 } = spawnSync(process.execPath, ['--version']);
    writeFileSync(`${file}.lock`, String(pid));
    expect(await probe('kiwoom-paper', '--quick')).toMatchObject({ code: 0 });
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test('a journal of another credential is not touched', async () => {
    await probe('kiwoom-paper', '--quick');
    const file = join(directory, 'journal.json');
    await tokens(cloud, ['probe', 'kis-paper', '--yes', '--quick', '--file', file], {
      watch: (said, interrupt) => said.includes('Asked again') && interrupt(),
    });
    const before = readFileSync(file, 'utf8');
    const { code, err } = await probe('kiwoom-paper');
    expect(code).toBe(1);
    expect(err).toContain('is of another credential');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});
