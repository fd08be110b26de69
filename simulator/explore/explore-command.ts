import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { Command, Option } from 'commander';
import { wholeNumberParser } from '../whole-number.ts';
import { runInWorkers } from '../worker-pool.ts';
import { BEHAVIORS, behaviorOf } from './behaviors.ts';
import type { FinishedJob, Job } from './explore-worker.ts';
import { replay } from './replay.ts';
import type { Counterexample } from './search.ts';
import { START_SITUATIONS, type StartSituation } from './starts.ts';

interface ExploreOptions {
  readonly depth: number;
  readonly behavior?: string;
  readonly start?: StartSituation;
  readonly resume?: string;
  readonly replay?: readonly string[];
}

type Print = (line: string) => void;

/** Creates the command of `npm run explore`. Its exit code is 1 if an explored sequence violates a check. */
export function exploreProgram(print: Print): Command {
  const behaviors = BEHAVIORS.map(({ name }) => name);
  return new Command('explore')
    .description('Searches all histories (sequences of up to N faults and events) for a violation of a check')
    .option('--depth <n>', 'maximum number of disturbances in a history', wholeNumberParser(0, 9), 2)
    .addOption(new Option('--behavior <name>', 'one broker behavior (default: all)').choices(behaviors))
    .addOption(new Option('--start <world>', 'one start world (default: all)').choices(START_SITUATIONS))
    .option('--resume <file>', 'append each finished search to this file, and skip the searches in it')
    .option('--replay <sentences...>', 'run one history and print each decision')
    .action(async (options: ExploreOptions, command: Command) => {
      const { behavior, start, replay: history } = options;
      if (history === undefined) {
        if (!(await runExplore(options, print))) process.exitCode = 1;
      } else if (behavior === undefined || start === undefined)
        command.error('error: --replay needs --behavior and --start');
      else if (!(await printReplay(behavior, start, history, print))) process.exitCode = 1;
    });
}

/** Runs the exploration. @returns whether every explored sequence passes all checks */
async function runExplore(
  { depth, behavior, start, resume }: ExploreOptions,
  print: Print,
): Promise<boolean> {
  const starts = start === undefined ? START_SITUATIONS : [start];
  const names = behavior === undefined ? BEHAVIORS.map(({ name }) => name) : [behavior];
  const jobs = names.map((name): Job => ({ behavior: name, starts, depth }));
  const resumed = readFinished(resume).filter(({ job }) => jobs.some((each) => isDeepStrictEqual(each, job)));
  const unfinished = jobs.filter((job) => !resumed.some((each) => isDeepStrictEqual(each.job, job)));
  const startedAt = Date.now();
  for (const each of resumed) print(`${summaryOf(each)} (from ${resume})`);
  const workerUrl = new URL('./explore-worker.ts', import.meta.url);
  const onResult = (each: FinishedJob): void => {
    if (resume !== undefined) appendFileSync(resume, `${JSON.stringify(each)}\n`);
    print(summaryOf(each));
  };
  const finished = [
    ...resumed,
    ...(await runInWorkers<Job, FinishedJob>(workerUrl, unfinished, availableParallelism(), onResult)),
  ];

  const found = finished.flatMap((each) => each.found ?? []);
  for (const each of found) printCounterexample(each, print);
  const sum = (name: 'reached' | 'distinct') =>
    finished.reduce((total, { progress }) => total + progress[name], 0);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const worldCounts = `${sum('reached')} worlds reached, ${sum('distinct')} distinct`;
  print(`${finished.length} behaviors to depth ${depth}: ${worldCounts}, ${seconds} s`);
  print(
    found.length === 0
      ? 'Every history passes all checks.'
      : `${found.length} behaviors have a history that violates a check.`,
  );
  return found.length === 0;
}

function readFinished(file: string | undefined): readonly FinishedJob[] {
  if (file === undefined || !existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter(Boolean).map((line): FinishedJob => JSON.parse(line));
}

function summaryOf({ job, progress, seconds }: FinishedJob): string {
  return `${job.behavior}: ${progress.reached} reached, ${progress.distinct} distinct, ${seconds.toFixed(1)} s`;
}

function printCounterexample({ behavior, start, history, violation }: Counterexample, print: Print): void {
  print(`\n${behavior}, starting with "${start}": ${violation}`);
  for (const [index, sentence] of history.entries()) print(`  ${index + 1}. ${sentence}`);
  const sentences = history.map((sentence) => JSON.stringify(sentence)).join(' ');
  const command = `npm run explore -- --behavior ${behavior} --start "${start}"`;
  print(`  Replay: ${command} --replay ${sentences || '""'}`);
}

async function printReplay(
  behavior: string,
  start: StartSituation,
  history: readonly string[],
  print: Print,
): Promise<boolean> {
  const { steps, violation } = await replay(behaviorOf(behavior), start, history.filter(Boolean));
  for (const { sentence, lines } of steps) {
    print(sentence);
    for (const { action, reason, outcome, verdict, next, message } of lines) {
      const parts = [action, reason, outcome, verdict, next && `until ${next}`, message];
      print(`  ${parts.filter(Boolean).join(' · ')}`);
    }
  }
  print(violation ?? 'The history passes all checks.');
  return violation === undefined;
}
