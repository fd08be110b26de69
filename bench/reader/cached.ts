import { writeSync } from 'node:fs';
import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm';
import { SSMClient } from '@aws-sdk/client-ssm';
import { Bench } from 'tinybench';
import { createTokenReader } from '../../reader/index.ts';
import { names } from '../../simulator/world.ts';
import { CREDENTIAL } from '../environment.ts';

/**
 * A process of its own that asks for a token it has already, by our reader and by Powertools, in turn.
 * node cached.ts <rounds> <milliseconds of each>
 */
export interface CachedCosts {
  /** Of one `get`, round by round: nanoseconds. */
  readonly nanoseconds: readonly number[];
  /** Of one `get`: bytes of heap. */
  readonly bytes: readonly number[];
}
export interface CachedAnswer {
  readonly ours: CachedCosts;
  readonly theirs: CachedCosts;
}

/** Measured together: alone, a `get` is not much longer than looking at the clock. */
const TOGETHER = 1000;
const FOR_BYTES = 20_000;

const [rounds = 0, time = 0] = process.argv.slice(2).map(Number);
const client = new SSMClient({});
const reader = createTokenReader({ credential: CREDENTIAL, client });
const powertools = new SSMProvider({ awsSdkV3Client: client });
const { token } = names(CREDENTIAL);

const gets = {
  ours: () => reader.get(),
  // As long as ours keeps it: that it reads every 5 s unless told otherwise is told by the reads a day.
  theirs: () => powertools.get(token, { decrypt: true, maxAge: 86_400 }),
} as const;
type Side = keyof typeof gets;
const costs = {
  ours: { nanoseconds: [] as number[], bytes: [] as number[] },
  theirs: { nanoseconds: [] as number[], bytes: [] as number[] },
};

const values = [(await gets.ours()).value, await gets.theirs()];
if (values[0] !== values[1]) throw new Error('the two read different tokens');

for (let round = 0; round < rounds; round += 1) {
  const sides: readonly Side[] = round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
  for (const side of sides) {
    costs[side].nanoseconds.push(await timeOf(gets[side]));
    costs[side].bytes.push(await bytesOf(gets[side]));
  }
}
writeSync(3, JSON.stringify(costs satisfies CachedAnswer));
process.exit(0);

async function timeOf(get: () => Promise<unknown>): Promise<number> {
  const bench = new Bench({ time, warmupTime: time / 4, throws: true });
  bench.add('get', () => repeat(get, TOGETHER), { async: true });
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error(`the bench was ${task?.result.state}`);
  return (task.result.latency.p50 * 1e6) / TOGETHER;
}

/** The heap is so large that nothing is collected meanwhile (see `NO_COLLECTION`). */
async function bytesOf(get: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await repeat(get, FOR_BYTES);
  return (process.memoryUsage().heapUsed - before) / FOR_BYTES;
}

async function repeat(get: () => Promise<unknown>, times: number): Promise<void> {
  for (let done = 0; done < times; done += 1) await get();
}
