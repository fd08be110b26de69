import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { monthlyCost, PRICES } from '../../../simulator/load/cost.ts';
import { scaleCommand } from '../../../simulator/load/scale-command.ts';

const ROOT = join(import.meta.dirname, '../../..');

async function run(...options: string[]): Promise<string> {
  const printed: string[] = [];
  await scaleCommand((text) => printed.push(text)).parseAsync(options, { from: 'user' });
  return printed.join('\n');
}

describe('the command "npm run scale"', () => {
  it('prints the result of each scenario, and the cost of each fleet', async () => {
    const text = await run('--credentials', '10', '20', '--scenario', 'created');
    expect(text.split('\n')[0]).toMatch(/^\| scenario \| quotas +\| credentials \| token after/);
    expect(text).toMatch(/^\| created +\| default +\| +10 \|/m);
    expect(text).toMatch(/^\| created +\| default +\| +20 \|/m);
    expect(text).toContain('10 credentials: $7.20 a month at list price, $0.72 each');
  });

  it('prints the results as JSON if the option "--json" is set', async () => {
    const json = JSON.parse(await run('--credentials', '10', '--scenario', 'expire', '--json'));
    expect(json.scenarios).toMatchObject([{ scenario: 'expire', credentials: 10, expired: 0 }]);
    expect(json.costs).toMatchObject([{ credentials: 10 }]);
  });

  it('rejects an invalid option with exit code 1 and prints the allowed values', async () => {
    const args = [join(ROOT, 'simulator/scale.ts'), '--credentials', 'many'];
    await expect(promisify(execFile)(process.execPath, args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Give a whole number from 1 to 200000.'),
    });
  });
});

describe('the cost of a fleet', () => {
  it('is computed from the prices of docs/costs.md', async () => {
    const costs = await readFile(join(ROOT, 'docs/costs.md'), 'utf8');
    for (const [name, price] of Object.entries(PRICES)) {
      const row = costs.split('\n').find((line) => line.startsWith(`| ${name} |`));
      expect([name, Number(row?.split('|')[2])]).toEqual([name, price]);
    }
  });

  it('grows by $0.45 a month with each added credential, as in docs/costs.md', () => {
    const increase = monthlyCost(1001, 300).total - monthlyCost(1000, 300).total;
    expect(increase).toBeCloseTo(0.45, 2);
  });
});
