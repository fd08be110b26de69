import { join } from 'node:path';
import { countCalls } from '../calls.ts';
import { NO_COLLECTION, runChild } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { interleave } from '../interleave.ts';
import { counted, type Findings, measured } from '../row.ts';

const SCRIPT = join(import.meta.dirname, 'warm.cjs');
const WARM_UP = 200;
const MESSAGES = 200;
const READ = 'one bare GetParameters';
/** By the bare read. The same each time to the hundredth. */
const MOST_ALLOCATED = 1.6;

/** What one message costs a warm function. */
interface TickCost {
  /** Milliseconds. */
  readonly cpu: number;
  /** KB of heap. */
  readonly allocated: number;
  readonly collections: number;
  /** MB of heap still in use at the end; after a collection where the heap could be collected. */
  readonly kept: number;
}

/**
 * A tick that finds nothing to do, in a warm function.
 * @param deployed a bundle @param oneRead a bundle that reads the same two parameters and does no more
 */
export async function measureTick(
  environment: BenchEnvironment,
  deployed: string,
  oneRead: string,
  repetitions: number,
): Promise<Findings> {
  const calls = await callsOfOneTick(environment, deployed);
  const bundles = { ours: deployed, theirs: oneRead };
  const sides = ['ours', 'theirs'] as const;
  const costs = await interleave(sides, repetitions, (side) => warm(environment, bundles[side], []));
  const heaps = await interleave(sides, repetitions, (side) =>
    warm(environment, bundles[side], NO_COLLECTION),
  );
  if ([...heaps.ours, ...heaps.theirs].some(({ collections }) => collections > 0))
    throw new Error('the heap was collected while its growth was measured');

  const column = (of: readonly TickCost[], field: keyof TickCost) => of.map((cost) => cost[field]);
  const row = (what: string, unit: string, field: keyof TickCost, of: typeof costs) =>
    measured(what, READ, unit, column(of.ours, field), column(of.theirs, field));
  const allocated = row('idle tick, warm, allocated', 'KB', 'allocated', heaps);
  return {
    rows: [
      counted('idle tick, calls in all', READ, '', calls.ssm + calls.secrets + calls.broker, 1),
      row('idle tick, warm, CPU', 'ms', 'cpu', costs),
      allocated,
      row(`heap in use after ${WARM_UP + MESSAGES} ticks`, 'MB', 'kept', heaps),
    ],
    bounds: [
      { what: 'idle tick, allocated, by a bare read', got: allocated.ratio.median, most: MOST_ALLOCATED },
      { what: 'idle tick, calls of SSM', got: calls.ssm, most: 1 },
      { what: 'idle tick, uses of the KMS key', got: calls.kms, most: 0 },
      { what: 'idle tick, reads of a secret', got: calls.secrets, most: 0 },
      { what: 'idle tick, calls of the broker', got: calls.broker, most: 0 },
    ],
  };
}

async function callsOfOneTick({ world, variables: environment, tick }: BenchEnvironment, bundle: string) {
  const books = countCalls(world);
  await runChild({ script: SCRIPT, arguments: [bundle, JSON.stringify(tick()), '0', '1'], environment });
  return books();
}

async function warm(
  { variables: environment, tick }: BenchEnvironment,
  bundle: string,
  flags: readonly string[],
): Promise<TickCost> {
  const { answer } = await runChild<TickCost>({
    script: SCRIPT,
    arguments: [bundle, JSON.stringify(tick()), String(WARM_UP), String(MESSAGES)],
    flags,
    environment,
  });
  return answer;
}
