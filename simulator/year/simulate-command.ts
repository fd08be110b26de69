import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type AvailabilityRow, availabilityTable } from './availability-table.ts';
import { FAULT_LEVELS, sweepMargins } from './margin-sweep.ts';
import { brokenObjectives } from './objective.ts';
import { OTHER_POLICIES } from './policies.ts';
import { runAll } from './pool.ts';
import type { Policy } from './run-policy.ts';
import { SCENARIOS, type Scenario } from './scenario.ts';
import { YearProgress } from './year-progress.ts';
import { type SeedMeasures, summarizeYears } from './year-summary.ts';

const POLICIES: readonly Policy[] = ['ours', ...OTHER_POLICIES];
/** Time around a gap in which a replay prints the decisions. */
const ROUND = 2 * 60 * 60 * 1000;
/** Monday, so that a week of sessions is seen. */
const PICTURE_FROM = Date.parse('2027-03-08T00:00:00+09:00');

interface SimulateOptions {
  readonly days: number;
  readonly seeds: number;
  readonly seed?: number;
  readonly scenario?: readonly string[];
  readonly policy?: readonly Policy[];
  readonly faults: keyof typeof FAULT_LEVELS;
  readonly workers: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly plot?: string;
  readonly marginSweep?: string;
  readonly consumers?: number;
}

/**
 * `npm run simulate`.
 * @returns the command; its exit code is 1 if a promise was broken
 */
export function simulateCommand(print: (text: string) => void, setExitCode: (code: number) => void): Command {
  const names = SCENARIOS.map(({ name }) => name);
  return new Command('simulate')
    .description(
      'A simulated year: the real decision and use case, simulated brokers, AWS and clock, with outages, lost ticks, deployments, key rotations and daylight saving drawn from a seed.',
    )
    .option('--days <days>', 'length of a life', whole(1, 3650), 365)
    .option('--seeds <count>', 'lives for each scenario, seeds 1 to this', whole(1, 100_000), 20)
    .option('--seed <number>', 'this seed alone, with every gap printed: a replay', whole(1, 2 ** 31 - 1))
    .addOption(new Option('--scenario <names...>', 'all unless named').choices(names))
    .addOption(
      new Option('--policy <names...>', 'how the token is kept; ours unless named').choices(POLICIES),
    )
    .addOption(
      new Option('--faults <name>', 'how bad a year is').choices(Object.keys(FAULT_LEVELS)).default('bad'),
    )
    .option('--workers <count>', 'threads', whole(1, 64), availableParallelism())
    .option('--json', 'the summaries as JSON, with command, date, Node.js version and commit')
    .option('--markdown', 'the table as Markdown')
    .option(
      '--plot <file>',
      'instead: a picture of some days (SVG); --scenario, --days (7) and --seed choose which',
    )
    .option(
      '--margin-sweep <file>',
      'instead: margin against dead seconds and issues a day (SVG), and the figures',
    )
    .option(
      '--consumers <count>',
      'instead: so many programs that trade for --days (7), by every way to read a token',
      whole(1, 10_000),
    )
    .showHelpAfterError('(--help lists the options)')
    .action(async (options: SimulateOptions, command: Command) => {
      if (options.plot !== undefined) return plot(options.plot, options, command);
      if (options.marginSweep !== undefined) return drawMarginSweep(options.marginSweep, options, print);
      if (options.consumers !== undefined) return consumers(options.consumers, options, command, print);
      setExitCode(await run(options, print));
    });
}

async function run(options: SimulateOptions, print: (text: string) => void): Promise<number> {
  const { days, seed, json, markdown, faults } = options;
  const seeds = seed === undefined ? Array.from({ length: options.seeds }, (_, index) => index + 1) : [seed];
  const pairs = chosen(options.scenario).flatMap((scenario) =>
    (options.policy ?? ['ours']).map((policy) => ({ scenario, policy })),
  );
  const tasks = pairs.flatMap(({ scenario, policy }) =>
    seeds.map((each) => ({
      scenario,
      options: { days, policy, seed: each, faultRates: FAULT_LEVELS[faults], trace: seed !== undefined },
    })),
  );
  const measuredAt = commit();
  const progress = new YearProgress(tasks.length, process.stderr);
  const measured = await runAll(tasks, options.workers, () => progress.step());
  progress.end();
  const results = pairs.map(({ scenario, policy }, number) => {
    const own = measured.slice(number * seeds.length, (number + 1) * seeds.length);
    const lives = own.map((measures, index) => ({ seed: seeds[index] ?? 0, measures }));
    const summary = summarizeYears(lives);
    return {
      scenario,
      policy,
      lives,
      summary,
      problems: policy === 'ours' ? brokenObjectives(scenario, summary) : [],
    };
  });
  if (json) {
    print(
      JSON.stringify(
        {
          command: ['npm run simulate --', ...process.argv.slice(2)].join(' '),
          date: new Date().toISOString().slice(0, 10),
          node: process.versions.node,
          commit: measuredAt,
          results: results.map(({ lives: _, ...result }) => result),
        },
        null,
        1,
      ),
    );
  } else {
    const rows: AvailabilityRow[] = results.map(({ scenario, policy, summary }) => ({
      scenario: scenario.name,
      policy,
      summary,
    }));
    print(`${seeds.length} × ${days} days each; faults "${faults}"; seconds and counts per year`);
    print(availabilityTable(rows, markdown ? 'markdown' : 'text'));
    if (seed !== undefined) for (const { scenario, lives } of results) print(traceOf(scenario, lives));
  }
  for (const { scenario, problems, summary } of results) {
    for (const problem of problems) process.stderr.write(`BROKEN ${scenario.name}: ${problem}\n`);
    for (const bad of summary.violations.slice(0, problems.length > 0 ? 3 : 0))
      process.stderr.write(
        `  replay: npm run simulate -- --scenario ${scenario.name} --days ${days} --faults ${faults} --seed ${bad}\n`,
      );
  }
  return results.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Every gap and every alarm of a replayed life, and what was decided in the hours round a gap. */
function traceOf({ name }: Scenario, lives: readonly SeedMeasures[]): string {
  const time = (instant: number) => new Date(instant).toISOString().slice(0, 19);
  const events = lives.flatMap(({ measures: { gaps, alarms, decisions } }) => [
    ...gaps
      .filter(({ kind }) => kind !== 'moment')
      .map(({ kind, from, to }) => ({ at: from, text: `no living token until ${time(to)} (${kind})` })),
    ...decisions
      .filter(({ at }) =>
        gaps.some(({ kind, from, to }) => kind !== 'moment' && from - ROUND < at && at < to + ROUND),
      )
      .map(({ at, text }) => ({ at, text: `  ${text}` })),
    ...alarms.map(({ name: alarm, at, kind }) => ({ at, text: `${alarm} (${kind})` })),
  ]);
  const lines = events.sort((a, b) => a.at - b.at).map(({ at, text }) => `  ${time(at)}Z  ${text}`);
  return [name, ...(lines.length > 0 ? lines : ['  nothing to tell'])].join('\n');
}

async function plot(
  file: string,
  { scenario = ['kis-live'], days, seed = 1 }: SimulateOptions,
  command: Command,
): Promise<void> {
  // Only a picture needs them, and they take a second to load.
  const { plotTimeline: timeline } = await import('./availability-plot.ts');
  const [first] = chosen(scenario);
  if (first === undefined) return;
  const shown = command.getOptionValueSource('days') === 'default' ? 7 : days;
  await writeFile(file, await timeline(first, { days: shown, seed, from: PICTURE_FROM }));
}

async function drawMarginSweep(
  file: string,
  { days, seeds, workers, scenario = ['kis-live'] }: SimulateOptions,
  print: (text: string) => void,
): Promise<void> {
  const { plotMarginSweep: tradeOff } = await import('./availability-plot.ts');
  const [first] = chosen(scenario);
  if (first === undefined) return;
  const points = await sweepMargins(first, { days, seeds, workers, stream: process.stderr });
  print('| outages | renewBefore, min | dead s a year | issues a day |\n|---|---:|---:|---:|');
  for (const { faultLevel, margin, dead, issuesPerDay } of points)
    print(`| ${faultLevel} | ${margin} | ${dead.toFixed(dead < 10 ? 1 : 0)} | ${issuesPerDay.toFixed(3)} |`);
  await writeFile(file, await tradeOff(points));
}

async function consumers(
  count: number,
  { days, seed = 3 }: SimulateOptions,
  command: Command,
  print: (text: string) => void,
): Promise<void> {
  const { compareReaders } = await import('../consumers/compare.ts');
  const lived = command.getOptionValueSource('days') === 'default' ? 7 : days;
  print(`${count} programs, an order a minute each, ${lived} days of faults "bad" (seed ${seed})`);
  for (const line of await compareReaders(count, lived, seed)) print(line);
}

function chosen(names: readonly string[] | undefined): readonly Scenario[] {
  return names === undefined ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}
