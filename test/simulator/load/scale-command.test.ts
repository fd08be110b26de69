import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../bin/bundle.ts';
import { monthlyCost, PRICES } from '../../../simulator/load/cost.ts';
import { realTable, runSizes } from '../../../simulator/load/real-table.ts';
import { scaleCommand } from '../../../simulator/load/scale-command.ts';
import { temporaryDirectory } from '../../temp-dir.ts';

const ROOT = join(import.meta.dirname, '../../..');
const directory = temporaryDirectory('scale');

async function run(...options: string[]): Promise<string> {
  const printed: string[] = [];
  await scaleCommand((text) => printed.push(text)).parseAsync(options, { from: 'user' });
  return printed.join('\n');
}

describe('npm run scale', () => {
  it('tells what each scenario came to, and what it costs', async () => {
    const text = await run('--credentials', '10', '20', '--scenario', 'created');
    expect(text.split('\n')[0]).toMatch(/^scenario +quotas +credentials +token after/);
    expect(text).toMatch(/^created +default +10 /m);
    expect(text).toMatch(/^created +default +20 /m);
    expect(text).toContain('10 credentials: $16.20 a month at list price, $1.62 each');
  });

  it('gives the same as JSON, and draws it', async () => {
    const picture = join(directory, 'scale.svg');
    const json = JSON.parse(
      await run('--credentials', '10', '--scenario', 'expire', '--json', '--plot', picture),
    ) as { scenarios: unknown[]; costs: unknown[] };
    expect(json.scenarios).toMatchObject([{ scenario: 'expire', credentials: 10, died: 0 }]);
    expect(json.costs).toMatchObject([{ credentials: 10 }]);
    expect(await readFile(picture, 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>$/);
  });

  it('as a process of its own says what is wrong with an option', async () => {
    const started = promisify(execFile)(process.execPath, [
      join(ROOT, 'simulator/scale.ts'),
      '--credentials',
      'many',
    ]);
    await expect(started).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('It is a whole number from 1 to 200000.'),
    });
  });
});

describe('what a fleet costs', () => {
  it('is worked out from the prices of docs/costs.md', async () => {
    const costs = await readFile(join(ROOT, 'docs/costs.md'), 'utf8');
    for (const [name, price] of Object.entries(PRICES)) {
      const row = costs.split('\n').find((line) => line.startsWith(`| ${name} |`));
      expect([name, Number(row?.split('|')[2])]).toEqual([name, price]);
    }
  });

  it('is for an added credential what that document says', () => {
    const another = monthlyCost(1001, 300).total - monthlyCost(1000, 300).total;
    expect(another).toBeCloseTo(1.35, 2);
  });
});

describe('the real bundle', () => {
  beforeAll(async () => {
    await bundle({
      entry: join(ROOT, 'lambdas/refresher/handler.ts'),
      directory: join(directory, 'lambda'),
      metafile: join(directory, 'meta.json'),
    });
  });

  it('keeps twenty credentials in one container, with one call of Parameter Store an idle tick', async () => {
    const runs = await runSizes([10, 20], join(directory, 'lambda/index.js'));
    expect(runs.map(({ credentials, alive }) => [credentials, alive])).toEqual([
      [10, 10],
      [20, 20],
    ]);
    for (const { credentials, rounds } of runs)
      expect(rounds.map(({ name, parameterCalls }) => [name, parameterCalls / credentials])).toEqual([
        // Read, the stamp, the token, the result; a renewal reads the token once to verify it.
        ['first issue', 4],
        ['idle', 1],
        ['renewal', 5],
        ['idle', 1],
      ]);
    expect(realTable(runs).split('\n')).toHaveLength(4);
  });
});
