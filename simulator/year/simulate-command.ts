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
import { drawWeek, PICTURE_DAYS } from './week-picture.ts';
import { problemLines, resultsAsJson, resultsAsText, type YearResult } from './year-report.ts';
import { summarizeYears } from './year-summary.ts';
import type { YearTask } from './year-worker.ts';

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
export function simulateCommand(): Command {
  const names = SCENARIOS.map(({ name }) => name);
  const policies = new Option('--policy <names...>', 'policies (default: refresher)');
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
    .addOption(policies.choices(['refresher', ...Object.keys(OTHER_POLICIES)]))
    .option('--workers <count>', 'threads', wholeNumberParser(1, 64), availableParallelism())
    .option('--json', 'print JSON')
    .option(
      '--plot <file>',
      `write an SVG picture of ${PICTURE_DAYS} days of one scenario and seed, and stop`,
    )
    .showHelpAfterError('(--help lists the options)')
    .action(async (options: SimulateOptions) => {
      const [first, ...others] = SCENARIOS.filter(({ name }) => options.scenario?.includes(name) ?? true);
      if (first === undefined) return;
      if (options.plot === undefined) await run([first, ...others], options);
      else await writeFile(options.plot, await drawWeek(first, options.seed));
    });
}

async function run(scenarios: readonly Scenario[], options: SimulateOptions): Promise<void> {
  const { days, seed, json } = options;
  const results = await simulateAll(scenarios, options);
  const text = json ? resultsAsJson(results) : resultsAsText(results, days, seed !== undefined);
  process.stdout.write(`${text}\n`);
  const problems = results.flatMap((result) => problemLines(result, days));
  for (const line of problems) process.stderr.write(`${line}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

async function simulateAll(
  scenarios: readonly Scenario[],
  { days, seed, seeds: count, policy: policies = ['refresher'], workers }: SimulateOptions,
): Promise<readonly YearResult[]> {
  const seeds = seed === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [seed];
  const pairs = scenarios.flatMap((scenario) => policies.map((policy) => ({ scenario, policy })));
  const tasks = pairs.flatMap(({ scenario, policy }) =>
    seeds.map(
      (each): YearTask => ({
        scenario,
        options: { days, policy, seed: each, keepDecisions: seed !== undefined },
      }),
    ),
  );
  const measured = await runInWorkers<YearTask, RunMeasures>(
    new URL('./year-worker.ts', import.meta.url),
    tasks,
    workers,
    createProgressPrinter(tasks.length),
  );
  return pairs.map(({ scenario, policy }, number) => {
    const ownMeasures = measured.slice(number * seeds.length, (number + 1) * seeds.length);
    const years = ownMeasures.map((measures, index) => ({ seed: seeds[index] ?? 0, measures }));
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
