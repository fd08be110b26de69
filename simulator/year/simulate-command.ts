import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { MAX_SEED } from '../random.ts';
import { wholeNumberParser } from '../whole-number.ts';
import { runInWorkers } from '../worker-pool.ts';
import type { RunMeasures } from './measures.ts';
import { unmetObjectives } from './objective.ts';
import { OTHER_POLICIES } from './policies.ts';

import type { Policy } from './run-policy.ts';
import { SCENARIOS, type Scenario } from './scenario.ts';
import { drawWeek } from './week-picture.ts';
import { problemLines, resultsAsJson, resultsAsText, type YearResult } from './year-report.ts';
import { summarizeYears } from './year-summary.ts';
import type { YearTask } from './year-worker.ts';

const POLICIES: readonly Policy[] = ['refresher', ...OTHER_POLICIES];
/**
 * The first day of the picture. The day is a Monday, so that the picture shows a complete week of trading
 * sessions.
 */
const PICTURE_START = Date.parse('2027-03-08T00:00:00+09:00');
const PICTURE_DAYS = 7;
/** The minimum time between two progress lines, in milliseconds. */
const PROGRESS_INTERVAL = 10_000;

interface SimulateOptions {
  readonly days: number;
  readonly seeds: number;
  readonly seed?: number;
  readonly scenario?: readonly string[];
  readonly policy?: readonly Policy[];
  readonly workers: number;
  readonly json?: boolean;
  readonly plot?: string;
}

/** Creates the command of `npm run simulate`, whose exit code is 1 if the refresher misses an objective. */
export function simulateCommand(print: (text: string) => void, setExitCode: (code: number) => void): Command {
  const names = SCENARIOS.map(({ name }) => name);
  return new Command('simulate')
    .description(
      'Simulates the refresher for years, with random outages, lost ticks, deployments and key rotations',
    )
    .option('--days <days>', 'length of one run', wholeNumberParser(1, 3650), 365)
    .option(
      '--seeds <count>',
      'runs of each scenario, with the seeds 1 to <count>',
      wholeNumberParser(1, 100_000),
      20,
    )
    .option('--seed <number>', 'replay one seed and print every gap', wholeNumberParser(1, MAX_SEED))
    .addOption(new Option('--scenario <names...>', 'scenarios (default: all)').choices(names))
    .addOption(new Option('--policy <names...>', 'policies (default: refresher)').choices(POLICIES))
    .option('--workers <count>', 'threads', wholeNumberParser(1, 64), availableParallelism())
    .option('--json', 'print JSON')
    .option(
      '--plot <file>',
      `write an SVG picture of ${PICTURE_DAYS} days of one scenario and seed, and stop`,
    )
    .showHelpAfterError('(--help lists the options)')
    .action(async (options: SimulateOptions) => {
      const scenarios = SCENARIOS.filter(({ name }) => options.scenario?.includes(name) ?? true);
      if (options.plot === undefined) setExitCode(await run(scenarios, options, print));
      else await writePicture(options.plot, scenarios, options.seed);
    });
}

async function run(
  scenarios: readonly Scenario[],
  options: SimulateOptions,
  print: (text: string) => void,
): Promise<number> {
  const { days, seed, json } = options;
  const seeds = seed === undefined ? Array.from({ length: options.seeds }, (_, index) => index + 1) : [seed];
  const results = await simulateAll(scenarios, options, seeds);
  print(
    json
      ? resultsAsJson(results)
      : resultsAsText(results, { days, seeds: seeds.length, trace: seed !== undefined }),
  );
  const problems = results.flatMap((result) => problemLines(result, days));
  for (const line of problems) process.stderr.write(`${line}\n`);
  return problems.length > 0 ? 1 : 0;
}

async function simulateAll(
  scenarios: readonly Scenario[],
  { days, seed, policy: policies = ['refresher'], workers }: SimulateOptions,
  seeds: readonly number[],
): Promise<readonly YearResult[]> {
  const pairs = scenarios.flatMap((scenario) => policies.map((policy) => ({ scenario, policy })));
  const keepDecisions = seed !== undefined;
  const tasks = pairs.flatMap(({ scenario, policy }) =>
    seeds.map((each): YearTask => ({ scenario, options: { days, policy, seed: each, keepDecisions } })),
  );
  const workerModule = new URL('./year-worker.ts', import.meta.url);
  const measured = await runInWorkers<YearTask, RunMeasures>(
    workerModule,
    tasks,
    workers,
    createProgressPrinter(tasks.length),
  );
  return pairs.map(({ scenario, policy }, number) => {
    const own = measured.slice(number * seeds.length, (number + 1) * seeds.length);
    const years = own.map((measures, index) => ({ seed: seeds[index] ?? 0, measures }));
    const summary = summarizeYears(years);
    const problems = policy === 'refresher' ? unmetObjectives(scenario, summary) : [];
    return { scenario, policy, years, summary, problems };
  });
}

function createProgressPrinter(total: number): () => void {
  let done = 0;
  let last = Date.now();
  return () => {
    done += 1;
    if (Date.now() - last < PROGRESS_INTERVAL) return;
    last = Date.now();
    process.stderr.write(`${done} of ${total} runs simulated\n`);
  };
}

async function writePicture(file: string, [scenario]: readonly Scenario[], seed = 1): Promise<void> {
  if (scenario !== undefined)
    await writeFile(file, await drawWeek(scenario, { days: PICTURE_DAYS, seed, from: PICTURE_START }));
}
