import { describe, expect, test } from 'vitest';
import { METRICS } from '../../lambdas/shared/names.ts';
import { DEFAULTS } from '../../lib/config/limits.ts';
import { chapter, read, readAsOneLine, tableRows } from './markdown.ts';

const costs = read('docs/costs.md');
const rows = (title?: string) => tableRows(chapter(costs, title));

const prices = new Map(rows('Prices').map(([key = '', price]) => [key, Number(price)]));
function price(key: string): number {
  const found = prices.get(key);
  if (found === undefined || Number.isNaN(found)) throw new Error(`docs/costs.md has no price "${key}"`);
  return found;
}

const MONTH = 730;
/** The number of ticks of a credential per month. */
const TICKS = (MONTH * 3600) / DEFAULTS.checkEvery;
const MILLION = 1_000_000;
const GB = 1_000_000_000;
const MEMORY = 0.25;
const SECONDS = 0.5;
const LOG_BYTES = 1_500;
const NAT_BYTES = 20_000;
const POLLS = 5 * (3600 / 20) * MONTH;
type Egress = 'public' | 'instance' | 'gateway';

/** Returns the monthly costs in dollars; with `isFree`, within the always-free tier if nothing else uses it. */
function month(credentials: number, egress: Egress, isFree = false, ticksOfEach = TICKS): number {
  const ticks = credentials * ticksOfEach;
  const logs = (ticks * LOG_BYTES) / GB;
  const usage: readonly (readonly [key: string, quantity: number, free?: number])[] = [
    ['kms-key', 1],
    ['secret', credentials],
    ['metric', 3 * credentials + (credentials * 30.4) / MONTH, 10],
    ['alarm', 3 * credentials + 5 + (egress === 'instance' ? 1 : 0), 10],
    ['lambda-million', ticks / MILLION, 1],
    ['lambda-gb-s', ticks * MEMORY * SECONDS, 400_000],
    ['sqs-million', (POLLS + 2 * ticks) / MILLION, 1],
    ['scheduler-million', ticks / MILLION, 14],
    ['log-gb', logs, 5],
    ['log-gb-month', 3 * logs, 5],
    ['ipv4-hour', egress === 'public' ? 0 : MONTH],
    ['t4g-nano-hour', egress === 'instance' ? MONTH : 0],
    ['gp3-gb-month', egress === 'instance' ? 8 : 0],
    ['nat-hour', egress === 'gateway' ? MONTH : 0],
    ['nat-gb', egress === 'gateway' ? (ticks * NAT_BYTES) / GB : 0],
  ];
  return usage
    .map(([key, quantity, free = 0]) => price(key) * Math.max(0, quantity - (isFree ? free : 0)))
    .reduce((sum, cost) => sum + cost);
}

const dollars = (amount: number) => amount.toFixed(2);

describe('docs/costs.md', () => {
  test.each([
    ['at list prices', false, 0],
    ['within the free tier', true, 3],
  ] as const)('states the costs %s that follow from the prices and quantities', (_, isFree, first) => {
    const table = rows().slice(first, first + 3);
    expect(table).toEqual(
      [1, 2, 10].map((credentials) => [
        String(credentials),
        ...(['public', 'instance', 'gateway'] as const).map((egress) =>
          dollars(month(credentials, egress, isFree)),
        ),
      ]),
    );
  });

  test('states the computed costs of an additional credential and of a tick every minute', () => {
    const text = readAsOneLine('docs/costs.md');
    const more = month(2, 'public') - month(1, 'public');
    expect(text).toContain(`One more credential costs $${dollars(more)} a month at list price`);
    const quick = month(1, 'public', false, MONTH * 60) - month(1, 'public');
    expect(text).toContain(`adds $${dollars(quick)} per month and credential`);
  });

  test('states the computed costs of a fleet and of a fleet credential', () => {
    // A fleet credential has no alarms and metrics of its own, except its share of the metric `Issued`.
    const more = month(2, 'public') - month(1, 'public') - 3 * price('alarm') - 3 * price('metric');
    const logs = (TICKS * LOG_BYTES) / GB;
    const fleet =
      2 * price('metric') +
      4 * price('alarm') +
      TICKS * MEMORY * SECONDS * price('lambda-gb-s') +
      (TICKS / MILLION) * (price('lambda-million') + price('scheduler-million')) +
      logs * (price('log-gb') + 3 * price('log-gb-month'));
    expect(readAsOneLine('docs/costs.md')).toContain(
      `one more function: $${dollars(fleet)} a month. A fleet credential has no alarms and no metrics of its own, and costs $${dollars(more)}.`,
    );
  });

  test('states the cost of each alternative as computed from the prices', () => {
    const fargate =
      MONTH * (0.25 * price('fargate-vcpu-hour') + 0.5 * price('fargate-gb-hour') + price('ipv4-hour'));
    const nano = MONTH * (price('t4g-nano-hour') + price('ipv4-hour')) + 8 * price('gp3-gb-month');
    expect(rows('Alternatives').map(([, amount]) => amount)).toEqual([
      dollars(month(1, 'public')),
      '0',
      dollars(price('secret')),
      dollars(2 * price('secret')),
      dollars(fargate + price('secret')),
      dollars(nano + price('secret')),
      '0',
    ]);
  });

  test('states the usage that follows from the settings in the code', () => {
    const used = new Map(rows('Usage').map(([what = '', amount = '', why = '']) => [what, { amount, why }]));
    expect(used.get('ticks')?.amount).toBe(TICKS.toLocaleString('en'));
    expect(used.get('SQS')?.amount).toBe(POLLS.toLocaleString('en'));
    const { secondsToExpiry, headroom, failureLevel } = METRICS;
    expect(used.get('custom metrics')?.why).toBe(
      `\`${secondsToExpiry}\`, \`${headroom}\`, \`${failureLevel}\``,
    );
    expect(read('lib/bundled-function.ts')).toContain(`memorySize: ${MEMORY * 1024},`);
    expect(used.get('Lambda')).toMatchObject({
      amount: `${(TICKS * MEMORY * SECONDS).toLocaleString('en')} GB-s`,
      why: expect.stringContaining(`${MEMORY * 1024} MB`),
    });
    // The test test/lib/alarms/runbook.test.ts compares these rows with the template.
    const alarms = read('docs/alarms.md')
      .split('\n')
      .filter((line) => line.includes('](runbook.md#'));
    expect(alarms.filter((line) => line.includes('| credential |'))).toHaveLength(3);
    expect(alarms.filter((line) => line.includes('| stack |'))).toHaveLength(5);
  });

  test('states the same costs as README.md', () => {
    const text = read('README.md');
    const sums = [
      month(1, 'public'),
      month(1, 'public', true),
      month(1, 'instance') - month(1, 'public'),
      month(1, 'gateway') - month(1, 'public'),
    ];
    expect(sums.map((sum) => `$${dollars(sum)}`).filter((sum) => !text.includes(sum))).toEqual([]);
  });
});
