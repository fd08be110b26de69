import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import wrapAnsi from 'wrap-ansi';
import { type AvailabilityRow, availabilityTable } from '../../simulator/year/availability-table.ts';
import { SCENARIOS, type Scenario } from '../../simulator/year/scenario.ts';
import type { YearSummary } from '../../simulator/year/year-summary.ts';
import { chapter, ROOT, read, readAsOneLine, tableRows } from './markdown.ts';

/** The JSON output of `npm run simulate -- … --json`; see § Repeating the measurement in the report. */
interface Run {
  readonly command: string;
  readonly date: string;
  readonly node: string;
  readonly commit: string;
  readonly results: readonly {
    readonly scenario: Scenario;
    readonly policy: string;
    readonly summary: YearSummary;
    readonly problems: readonly string[];
  }[];
}

const run = (name: string) => JSON.parse(read(`docs/reports/2026-11-21-availability/${name}.json`)) as Run;
const defaults = run('defaults');
const variants = run('variants');
const policies = run('policies');
const rowsOf = ({ results }: Run): readonly AvailabilityRow[] =>
  results.map(({ scenario, policy, summary }) => ({ scenario: scenario.name, policy, summary }));
const own = rowsOf(defaults);
const others = rowsOf(policies);

/** The results of each scenario, starting with the policy of this project. */
const compared = [...new Set(others.map(({ scenario }) => scenario))].flatMap((name) =>
  [...own, ...others].filter(({ scenario }) => scenario === name),
);

const DOCUMENT = 'docs/availability.md';
const REPORT = 'docs/reports/2026-11-21-availability.md';

const origin = ({ command, date, node, commit }: Run): string =>
  wrapAnsi(`\`${command}\` (${date}, Node.js ${node}, commit ${commit}):`, 120);

test('the tables of the availability report match the measured figures (vitest -u updates them)', async () => {
  let text = read(REPORT);
  for (const [name, measured, rows] of [
    ['defaults', defaults, own],
    ['policies', policies, compared],
    ['variants', variants, rowsOf(variants)],
  ] as const) {
    const block = new RegExp(`<!-- ${name} -->[^]*?<!-- end -->`);
    expect(text).toMatch(block);
    const measuredTable = `${origin(measured)}\n\n${availabilityTable(rows)}`;
    text = text.replace(block, () => `<!-- ${name} -->\n${measuredTable}\n<!-- end -->`);
  }
  await expect(text).toMatchFileSnapshot(join(ROOT, REPORT));
});

test('the results in docs/availability.md match the measured figures', () => {
  const measured = tableRows(availabilityTable(own)).map((cells) =>
    [0, 3, 4, 10, 12, 15].map((column) => cells[column]?.replaceAll('`', '')),
  );
  const results = tableRows(chapter(read(DOCUMENT), 'Results'));
  expect(results.map((cells) => cells.map((cell) => cell.replaceAll('`', '')))).toEqual(measured);
});

test('the availability report contains every scenario with its current settings and broker', () => {
  expect(variants.results.map(({ scenario }) => scenario)).toEqual(SCENARIOS);
  for (const { scenario } of [...defaults.results, ...policies.results])
    expect(scenario).toEqual(SCENARIOS.find(({ name }) => name === scenario.name));
});

describe('the published results of the availability simulation', () => {
  test.each([
    ['kis-live', 1250],
    ['kis-paper', 450],
    ['kiwoom-same-token', 720],
    ['kiwoom-supersede', 720],
  ])(
    'for %s contain at most %i seconds without a live token per year, and at most 100 seconds in trading sessions',
    (name, most) => {
      const { summary } = own.find(({ scenario }) => scenario === name) as AvailabilityRow;
      expect(summary.years).toBeGreaterThanOrEqual(200);
      expect(summary.dead).toBeLessThanOrEqual(most);
      expect(summary.deadInSessions).toBeLessThanOrEqual(100);
    },
  );

  test('meet every objective in every simulated year for the default settings and for all other settings', () => {
    const broken = [...defaults.results, ...variants.results].flatMap(({ problems }) => problems);
    expect(broken).toEqual([]);
    const years = defaults.results.reduce((sum, { summary }) => sum + summary.years, 0);
    const claim = `In ${years} simulated years, the refresher with this margin could not have prevented any`;
    expect(readAsOneLine(DOCUMENT)).toContain(claim);
  });
});

test.each([
  ['README.md', 'Results'],
  ['README.ko.md', '결과 <a id="results"></a>'],
])('the comparison of policies in %s matches the measured figures', (path, title) => {
  const names = ['kiwoom-same-token', 'kiwoom-supersede', 'kis-live'];
  const cell = (name: string, policy: string, column: number) =>
    tableRows(availabilityTable(compared)).find(([first, second]) => first === name && second === policy)?.[
      column
    ];
  const kept = [...new Set(compared.map(({ policy }) => policy))];
  const expected = kept.map((policy) => [
    ...names.map((name) => `${cell(name, policy, 3)} (${cell(name, policy, 4)})`),
    cell('kis-live', policy, 12),
  ]);
  expect(tableRows(chapter(read(path), title)).map((cells) => cells.slice(1))).toEqual(expected);
  const years = defaults.results.reduce((sum, { summary }) => sum + summary.years, 0);
  expect(readAsOneLine(path)).toContain(String(years));
});
