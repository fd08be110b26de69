import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BEHAVIORS, behaviorOf } from './behaviors.ts';
import { replay } from './replay.ts';
import type { Counterexample, Progress } from './search.ts';
import { STARTS, type Start } from './starts.ts';

/** One search: a behavior of a broker from the canonical worlds. */
export interface Job {
  readonly behavior: string;
  readonly starts: readonly Start[];
  readonly depth: number;
}

/** What a worker answers. */
export type Answer = { readonly progress: Progress } | Result;

export interface Result {
  readonly seconds: number;
  readonly found?: Counterexample | undefined;
}

/** A finished search, as one line of the file of `--resume`. */
interface Finished extends Result {
  readonly job: Job;
  readonly progress: Progress;
}

export interface ExploreOptions {
  readonly depth: number;
  readonly behavior?: string | undefined;
  readonly start?: Start | undefined;
  readonly resume?: string | undefined;
}

interface CommandOptions extends ExploreOptions {
  readonly replay?: readonly string[];
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
      new Option('--behavior <name>', 'one behavior of a broker (default: all)').choices(
        BEHAVIORS.map(({ name }) => name),
      ),
    )
    .addOption(new Option('--start <world>', 'one canonical world (default: all)').choices(STARTS))
    .option('--resume <file>', 'write each finished search to this file, and skip those that it holds')
    .option('--replay <sentences...>', 'live one history again and print each decision')
    .action(async ({ replay: history, ...options }: CommandOptions, command: Command) => {
      if (history === undefined) {
        if (!(await explore(options, print))) process.exitCode = 1;
      } else if (options.behavior === undefined || options.start === undefined)
        command.error('error: --replay needs --behavior and --start');
      else if (!(await printReplay(options.behavior, options.start, history, print))) process.exitCode = 1;
    });
}

function wholeNumber(text: string): number {
  if (!/^[0-9]$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0 to 9.');
  return Number(text);
}

/** @returns whether every history ends well */
export async function explore(
  { depth, behavior, start, resume }: ExploreOptions,
  print: Print,
): Promise<boolean> {
  const starts = start === undefined ? STARTS : [start];
  const names = behavior === undefined ? BEHAVIORS.map(({ name }) => name) : [behavior];
  const jobs = names.map((name): Job => ({ behavior: name, starts, depth }));
  const finished = finishedIn(resume).filter(({ job }) => jobs.some((each) => isSame(each, job)));
  const open = jobs.filter((job) => !finished.some((each) => isSame(each.job, job)));
  const began = Date.now();
  for (const each of finished) print(`${sentenceOf(each)} (from ${resume})`);
  const work = async () => {
    for (let job = open.shift(); job !== undefined; job = open.shift()) {
      const each = await run(job);
      if (resume !== undefined) appendFileSync(resume, `${JSON.stringify(each)}\n`);
      finished.push(each);
      print(sentenceOf(each));
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), open.length) }, work));

  const found = finished.flatMap((each) => each.found ?? []);
  for (const each of found) printCounterexample(each, print);
  const sum = (count: (progress: Progress) => number) =>
    finished.reduce((total, { progress }) => total + count(progress), 0);
  const seconds = Math.round((Date.now() - began) / 1000);
  const worlds = `${sum(({ reached }) => reached)} worlds reached, ${sum(({ distinct }) => distinct)} distinct`;
  print(`${finished.length} behaviors to depth ${depth}: ${worlds}, ${seconds} s`);
  print(
    found.length === 0
      ? 'Every history ends well.'
      : `${found.length} behaviors have a history that does not end well.`,
  );
  return found.length === 0;
}

function finishedIn(file: string | undefined): Finished[] {
  if (file === undefined || !existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Finished => JSON.parse(line));
}

function isSame(one: Job, other: Job): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sentenceOf({ job, progress, seconds }: Finished): string {
  return `${job.behavior}: ${progress.reached} reached, ${progress.distinct} distinct, ${seconds.toFixed(1)} s`;
}

function printCounterexample({ behavior, start, history, broken }: Counterexample, print: Print): void {
  print('');
  print(`${behavior}, starting with "${start}": ${broken}`);
  for (const [index, sentence] of history.entries()) print(`  ${index + 1}. ${sentence}`);
  const sentences = history.map((sentence) => JSON.stringify(sentence)).join(' ');
  const command = `npm run explore -- --behavior ${behavior} --start "${start}"`;
  print(`  Replay: ${command} --replay ${sentences || '""'}`);
}

async function printReplay(
  behavior: string,
  start: Start,
  history: readonly string[],
  print: Print,
): Promise<boolean> {
  const sentences = history.filter((sentence) => sentence !== '');
  const { steps, broken } = await replay(behaviorOf(behavior), start, sentences);
  for (const { sentence, lines } of steps) {
    print(sentence);
    for (const { action, reason, outcome, verdict, next, message } of lines)
      print(
        `  ${[action, reason, outcome, verdict, next && `until ${next}`, message].filter(Boolean).join(' · ')}`,
      );
  }
  print(broken ?? 'The history ends well.');
  return broken === undefined;
}

async function run(job: Job): Promise<Finished> {
  const worker = new Worker(new URL('./explore-worker.ts', import.meta.url), { workerData: job });
  let progress: Progress = { behavior: job.behavior, depth: 0, reached: 0, distinct: 0 };
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (answer: Answer) => {
      if ('progress' in answer) progress = answer.progress;
      else resolve({ job, progress, ...answer });
    });
  });
}
