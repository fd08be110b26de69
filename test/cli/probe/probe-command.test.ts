import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR } from '../../../cli/time.ts';
import { createTemporaryDirectory } from '../../temp-dir.ts';
import { SimulatedCloud } from '../cloud.ts';
import { KEYS, runAtConsole } from '../console.ts';
import { tokens } from '../run-tokens.ts';

let cloud: SimulatedCloud;
let directory: string;

beforeEach(async () => {
  cloud = await SimulatedCloud.start({
    credentials: [
      { id: 'kis-paper', broker: 'kis' },
      { id: 'kiwoom-paper', broker: 'kiwoom' },
      { id: 'kis-live', broker: 'kis', market: 'live' },
    ],
    kis: { newTokenKillsOld: true, expiresInOnReuse: 'left' },
  });
  directory = createTemporaryDirectory('probe');
  return () => cloud.stop();
});

const probe = (id: string, ...args: readonly string[]) =>
  runAtConsole(cloud, ['probe', id, '--yes', '--report', directory, ...args]);

/** Returns the text of the report of a credential, and checks that it contains no token and no key. */
function readReport(id: string): string {
  const names = readdirSync(directory);
  expect(names).toEqual([expect.stringMatching(new RegExp(`^probe-${id}-\\d{4}-\\d{2}-\\d{2}\\.json$`))]);
  const report = readFileSync(join(directory, names[0] ?? ''), 'utf8');
  expect(cloud.secrets.length).toBeGreaterThan(4);
  for (const secret of cloud.secrets) expect(report).not.toContain(secret);
  return report;
}

describe('the command "probe"', () => {
  test('pauses the credential, measures for six hours, writes the report and resumes the credential', async () => {
    await cloud.runTicksAgo(HOUR, 'kis-paper');
    const { code, out, err } = await probe('kis-paper', '--provoke-rejections');
    expect({ code, err: err.slice(-300) }).toEqual({
      code: 0,
      err: expect.stringContaining('has a new token'),
    });
    expect(err.replace(/\s+/g, ' ')).toContain(
      'The probe issues at most 8 tokens, after 1 in the last 24 hours (maxIssuesPerDay is 8). It takes about 6 h',
    );
    expect(out).toMatch(/The old token after a new one +dead \(documented: disputed\)/);
    expect(out).toMatch(/expires_in of the same token +time left/);
    expect(readReport('kis-paper')).toContain('A second revocation');
    expect(cloud.state('kis-paper')).toMatchObject({ paused: undefined, attempt: { outcome: 'published' } });
  });

  test('waits for the minimum interval after the last call of the refresher', async () => {
    await cloud.tick('kis-paper');
    const { code } = await probe('kis-paper', '--quick');
    expect(code).toBe(0);
    expect(cloud.refresher.world.kis.calls.filter(({ outcome }) => outcome === 'EGW00133')).toEqual([]);
  });

  test('prints only JSON to standard output if the option "--json" is set', async () => {
    const { code, out } = await probe('kiwoom-paper', '--quick', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      credential: 'kiwoom-paper',
      findings: { again: { token: 'same' } },
      settings: { renewEarly: 'revoke' },
      file: expect.stringContaining('.json'),
    });
    expect(readReport('kiwoom-paper')).toContain('A second revocation');
  });

  test('does not resume a credential that was paused before the measurement', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-paper');
    await cloud.refresher.send({ credential: 'kiwoom-paper', cause: 'revoke', reissue: false });
    const { code, err } = await probe('kiwoom-paper', '--quick');
    expect(code).toBe(0);
    expect(err).toContain('kiwoom-paper stays paused.');
    expect(cloud.state('kiwoom-paper').paused).toBe(true);
  });

  test('requires the option "--on-a-live-key" for a live key', async () => {
    const { code, err } = await probe('kis-live');
    expect(code).toBe(1);
    expect(err).toMatch(/kis-live is a live key.*KakaoTalk.*--on-a-live-key/s);
    expect(cloud.sent).toEqual([]);
  });

  test('stops if the credential is resumed during the measurement', async () => {
    const { kiwoom } = cloud.refresher.world;
    const running = probe('kiwoom-paper');
    await expect.poll(() => kiwoom.count('issue'), { timeout: 5000, interval: 1 }).toBeGreaterThan(1);
    await cloud.refresher.send({ credential: 'kiwoom-paper', cause: 'forced' });
    const { code, err } = await running;
    expect(code).toBe(1);
    expect(err).toContain('kiwoom-paper is no longer paused');
  });

  test('writes the report of the finished steps after Ctrl-C, and prints the command that resumes the credential', async () => {
    const { code, err } = await tokens(
      cloud,
      ['probe', 'kis-paper', '--yes', '--quick', '--report', directory],
      { onOutput: (output, interrupt) => output.includes('Requesting a second token') && interrupt() },
    );
    expect(code).toBe(130);
    expect(err).toContain(
      'kis-paper stays paused. To issue a token again, run: npx broker-tokens resume kis-paper.',
    );
    expect(cloud.state('kis-paper').paused).toBe(true);
    expect(readReport('kis-paper')).toContain('Life of a token');
  });

  test('prints the plan and changes nothing if the operator does not confirm the prompt', async () => {
    const { code, err } = await runAtConsole(cloud, ['probe', 'kis-paper', '--report', directory], {
      isTerminal: true,
      typedKeys: [[/Start\?/, KEYS.enter]],
    });
    expect(code).toBe(1);
    expect(err).toContain('The probe issues at most 5 tokens');
    expect(err).toContain('Nothing was changed.');
    expect({ sent: cloud.sent, files: readdirSync(directory) }).toEqual({ sent: [], files: [] });
  });
});
