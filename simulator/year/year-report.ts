import { execFileSync } from 'node:child_process';
import { availabilityTable } from './availability-table.ts';
import type { Policy } from './run-policy.ts';
import type { Scenario } from './scenario.ts';
import type { SeedMeasures, YearSummary } from './year-summary.ts';

/** The time before and after a gap for which a replay prints the decisions, in milliseconds. */
const REPLAYED_TIME = 2 * 60 * 60 * 1000;
/** The maximum number of replay commands per scenario. */
const MAX_REPLAYS = 3;

/** All runs of one scenario and policy. */
export interface YearResult {
  readonly scenario: Scenario;
  readonly policy: Policy;
  readonly years: readonly SeedMeasures[];
  readonly summary: YearSummary;
  readonly problems: readonly string[];
}

/** Formats the summaries as JSON, with the command, date, Node.js version and commit, as in docs/reports/. */
export function resultsAsJson(results: readonly YearResult[]): string {
  const report = {
    command: ['npm run simulate --', ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    commit: currentCommit(),
    results: results.map(({ years: _, ...result }) => result),
  };
  return JSON.stringify(report, null, 1);
}

/** @param trace whether to list every gap and alarm */
export function resultsAsText(results: readonly YearResult[], days: number, trace: boolean): string {
  const rows = results.map(({ scenario, policy, summary }) => ({ scenario: scenario.name, policy, summary }));
  return [
    `${results[0]?.years.length} × ${days} days each; seconds and counts per year`,
    availabilityTable(rows),
    ...(trace ? results.map(traceOf) : []),
  ].join('\n');
}

/** Describes the objectives that are not met, with replay commands. */
export function problemLines({ scenario, problems, summary }: YearResult, days: number): readonly string[] {
  if (problems.length === 0) return [];
  const replay = `npm run simulate -- --scenario ${scenario.name} --days ${days} --seed`;
  return [
    ...problems.map((problem) => `NOT MET ${scenario.name}: ${problem}`),
    ...summary.violations.slice(0, MAX_REPLAYS).map((seed) => `  replay: ${replay} ${seed}`),
  ];
}

/** Lists every gap and every alarm, and the decisions around each gap. */
function traceOf({ scenario, years }: YearResult): string {
  const time = (instant: number) => new Date(instant).toISOString().slice(0, 19);
  const events = years.flatMap(({ measures: { gaps: all, alarms, decisions } }) => {
    const gaps = all.filter(({ kind }) => kind !== 'replacement');
    const isNearGap = (at: number) =>
      gaps.some(({ from, to }) => from - REPLAYED_TIME < at && at < to + REPLAYED_TIME);
    return [
      ...gaps.map(({ kind, from, to }) => ({ at: from, text: `no live token until ${time(to)} (${kind})` })),
      ...decisions.filter(({ at }) => isNearGap(at)).map(({ at, text }) => ({ at, text: `  ${text}` })),
      ...alarms.map(({ name, at, kind }) => ({ at, text: `${name} (${kind})` })),
    ];
  });
  const lines = events.sort((a, b) => a.at - b.at).map(({ at, text }) => `  ${time(at)}Z  ${text}`);
  return [scenario.name, ...(lines.length > 0 ? lines : ['  no gap and no alarm'])].join('\n');
}

function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
