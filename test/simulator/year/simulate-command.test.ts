import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTemporaryDirectory } from '../../temp-dir.ts';

const COMMAND = join(import.meta.dirname, '..', '..', '..', 'simulator', 'simulate.ts');

function simulate(...args: readonly string[]): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], (error, out, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, error: stderr });
    });
  });
}

describe('the command "npm run simulate"', () => {
  it('simulates several seeds on several threads and prints one line per scenario and policy', async () => {
    const { code, out } = await simulate(
      ...['--days', '20', '--seeds', '3', '--workers', '2'],
      ...['--scenario', 'kis-live', 'kiwoom-same-token', '--policy', 'refresher', 'blind-23h'],
    );
    expect(code).toBe(0);
    const rows = out.split('\n').slice(3, 7);
    expect(rows.map((line) => line.split(/[ |]+/).slice(1, 3).join(' '))).toEqual([
      'kis-live refresher',
      'kis-live blind-23h',
      'kiwoom-same-token refresher',
      'kiwoom-same-token blind-23h',
    ]);
  });

  it('replays the gaps and alarms of one seed, and prints the figures as JSON with seed and version', async () => {
    const args = ['--days', '30', '--seed', '3', '--scenario', 'kis-live'];
    expect((await simulate(...args)).out).toMatch(/\nkis-live\n {2}\S/);
    const { results, ...origin } = JSON.parse((await simulate(...args, '--json')).out);
    expect(results[0].summary.years).toBeCloseTo(30 / 365);
    expect(results[0].problems).toEqual([]);
    expect(origin).toMatchObject({
      command: `npm run simulate -- ${args.join(' ')} --json`,
      node: process.versions.node,
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      commit: expect.stringMatching(/^[0-9a-f]{7,}$|^unknown$/),
    });
  });

  it('writes a complete SVG picture of a week', async () => {
    const file = join(createTemporaryDirectory('plot'), 'week.svg');
    expect(await simulate('--plot', file, '--scenario', 'kis-live')).toMatchObject({ code: 0, error: '' });
    const svg = readFileSync(file, 'utf8');
    expect(svg).toMatch(/^<svg .*<\/svg>\s*$/s);
    for (const word of ['published', 'outage', 'session']) expect(svg).toContain(word);
  });

  it.each([
    [['--days', '0'], 'Give a whole number from 1 to 3650'],
    [['--scenario', 'moon'], 'Allowed choices are kis-live,'],
    [['--seedz', '1'], "unknown option '--seedz'"],
  ])('rejects %j and prints the allowed values', async (args, why) => {
    const { code, error } = await simulate(...args);
    expect(code).toBe(1);
    expect(error).toContain(why);
    expect(error).not.toContain('    at ');
  });
});
