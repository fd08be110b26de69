import { join } from 'node:path';
import { NO_COLLECTION, runChild } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { counted, type Findings, measured } from '../row.ts';
import type { CachedAnswer } from './cached.ts';
import type { DayAnswer } from './day.ts';

const POWERTOOLS = 'Powertools parameters';
/** DESIGN: so many reads a consumer and day, whatever it asks for. */
const MOST_READS = 6;

export interface ReaderOptions {
  readonly rounds: number;
  /** Of each round and side, milliseconds. */
  readonly time: number;
  /** Seconds between two requests of a program, one day each. */
  readonly paces: readonly number[];
}

/** Our reader and Powertools parameters: from the cache, and by reads of Parameter Store a day. @param deployed a bundle */
export async function measureReader(
  environment: BenchEnvironment,
  deployed: string,
  { rounds, time, paces }: ReaderOptions,
): Promise<Findings> {
  const { answer: cached } = await runChild<CachedAnswer>({
    script: join(import.meta.dirname, 'cached.ts'),
    arguments: [String(rounds), String(time)],
    flags: NO_COLLECTION,
    environment: environment.variables,
  });
  const perSecond = (nanoseconds: readonly number[]) => nanoseconds.map((each) => 1e3 / each);
  const { ours, theirs } = cached;
  const days = [];
  for (const pace of paces) days.push({ pace, ...(await oneDay(deployed, pace)) });
  return {
    rows: [
      measured(
        'cached get, millions a second',
        POWERTOOLS,
        '',
        perSecond(ours.nanoseconds),
        perSecond(theirs.nanoseconds),
      ),
      measured('cached get, allocated', POWERTOOLS, 'bytes', ours.bytes, theirs.bytes),
      ...days.map((day) =>
        counted(
          `reads of SSM a day, token asked for every ${day.pace} s`,
          `${POWERTOOLS}, kept for 5 s as it comes`,
          '',
          day.ours,
          day.theirs,
        ),
      ),
    ],
    bounds: days.map((day) => ({
      what: `reads of SSM a day, token asked for every ${day.pace} s`,
      got: day.ours,
      most: MOST_READS,
    })),
  };
}

async function oneDay(deployed: string, pace: number): Promise<DayAnswer> {
  const { answer } = await runChild<DayAnswer>({
    script: join(import.meta.dirname, 'day.ts'),
    arguments: [deployed, String(pace)],
    environment: {},
  });
  if (answer.renewals < 1) throw new Error('a day without a renewal tells nothing of reads');
  return answer;
}
