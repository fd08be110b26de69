import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BEHAVIOURS } from './behaviours.ts';
import { type Counterexample, type Progress, STARTS, type Start } from './search.ts';

/** One search: a behaviour of a broker from one canonical world. */
export interface Job {
  readonly behaviour: string;
  readonly start: Start;
  readonly depth: number;
}

/** What a worker answers. */
export type Answer = { readonly progress: Progress } | Result;

export interface Result {
  readonly seconds: number;
  readonly found?: Counterexample | undefined;
}

export interface ExploreOptions {
  readonly depth: number;
  readonly behaviour?: string | undefined;
  readonly start?: Start | undefined;
}

type Print = (line: string) => void;

/** `npm run explore`: searches every history of a few disturbances for one that does not end well. */
export function exploreProgram(print: Print): Command {
  return new Command('explore')
    .description('Search every history of up to N disturbances for one that does not end well')
    .addOption(
      new Option('--depth <n>', 'disturbances in one history at most').default(2).argParser(wholeNumber),
    )
    .addOption(
      new Option('--behaviour <name>', 'one behaviour of a broker (default: all)').choices(
        BEHAVIOURS.map(({ name }) => name),
      ),
    )
    .addOption(new Option('--start <world>', 'one canonical world (default: all)').choices(STARTS))
    .action(async (options: ExploreOptions) => {
      if (!(await explore(options, print))) process.exitCode = 1;
    });
}

function wholeNumber(text: string): number {
  if (!/^[0-9]$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0 to 9.');
  return Number(text);
}

/** @returns whether every history ends well */
export async function explore({ depth, behaviour, start }: ExploreOptions, print: Print): Promise<boolean> {
  const jobs = BEHAVIOURS.filter(({ name }) => behaviour === undefined || name === behaviour).flatMap(
    ({ name }) =>
      STARTS.filter((each) => start === undefined || each === start).map((each) => ({
        behaviour: name,
        start: each,
        depth,
      })),
  );
  const found: Counterexample[] = [];
  const sums = { searches: 0, reached: 0, distinct: 0 };
  const began = Date.now();
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { answer, progress } = await run(job);
      sums.searches += 1;
      sums.reached += progress?.reached ?? 0;
      sums.distinct += progress?.distinct ?? 0;
      const counts = progress
        ? `${progress.reached} reached, ${progress.distinct} distinct`
        : 'none searched';
      print(`${job.behaviour}, ${job.start}: ${counts}, ${answer.seconds.toFixed(1)} s`);
      if (answer.found) found.push(answer.found);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  for (const each of found) printCounterexample(each, depth, print);
  const seconds = Math.round((Date.now() - began) / 1000);
  print(
    `${sums.searches} searches to depth ${depth}: ${sums.reached} worlds reached, ${sums.distinct} distinct, ${seconds} s`,
  );
  print(
    found.length === 0
      ? 'Every history ends well.'
      : `${found.length} searches found a history that does not end well.`,
  );
  return found.length === 0;
}

function printCounterexample(
  { behaviour, start, history, broken }: Counterexample,
  depth: number,
  print: Print,
): void {
  print('');
  print(`${behaviour}, starting with "${start}": ${broken}`);
  for (const [index, sentence] of history.entries()) print(`  ${index + 1}. ${sentence}`);
  print(`  replay: npm run explore -- --depth ${depth} --behaviour ${behaviour} --start "${start}"`);
}

async function run(job: Job): Promise<{ answer: Result; progress: Progress | undefined }> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: job });
  let progress: Progress | undefined;
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (answer: Answer) => {
      if ('progress' in answer) progress = answer.progress;
      else resolve({ answer, progress });
    });
  });
}
