import { join } from 'node:path';
import { openBooks } from '../calls.ts';
import { NO_COLLECTION, runChild } from '../child.ts';
import type { Place } from '../place.ts';
import { counted, type Findings, measured } from '../row.ts';

const SCRIPT = join(import.meta.dirname, 'warm.cjs');
const WARM_UP = 200;
const MESSAGES = 200;
const READ = 'one bare GetParameters';

/** What one message costs a warm function. */
interface Cost {
  /** Milliseconds. */
  readonly cpu: number;
  /** KB of heap. */
  readonly allocated: number;
  readonly collections: number;
  /** Resident memory at its highest, MB. */
  readonly peak: number;
}

/**
 * A tick that finds nothing to do, in a warm function.
 * @param deployed a bundle @param oneRead a bundle that reads the same two parameters and does no more
 */
export async function measureTick(
  place: Place,
  deployed: string,
  oneRead: string,
  repetitions: number,
): Promise<Findings> {
  const run = (bundle: string, flags: readonly string[]) => warm(place, bundle, flags);
  const calls = await callsOfOneTick(place, deployed);

  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  const oursAllocating: Cost[] = [];
  const theirsAllocating: Cost[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    ours.push(await run(deployed, []));
    theirs.push(await run(oneRead, []));
    oursAllocating.push(await run(deployed, NO_COLLECTION));
    theirsAllocating.push(await run(oneRead, NO_COLLECTION));
  }
  const disturbed = [...oursAllocating, ...theirsAllocating].filter(({ collections }) => collections > 0);
  if (disturbed.length > 0) throw new Error('the heap was collected while its growth was measured');

  const column = (costs: readonly Cost[], field: keyof Cost) => costs.map((cost) => cost[field]);
  const row = (what: string, unit: string, field: keyof Cost, a: readonly Cost[], b: readonly Cost[]) =>
    measured(what, READ, unit, column(a, field), column(b, field));
  return {
    rows: [
      counted('idle tick, calls in all', READ, '', calls.ssm + calls.secrets + calls.broker, 1),
      row('idle tick, warm, CPU', 'ms', 'cpu', ours, theirs),
      row('idle tick, warm, allocated', 'KB', 'allocated', oursAllocating, theirsAllocating),
      row(`peak memory, ${WARM_UP + MESSAGES} ticks`, 'MB', 'peak', ours, theirs),
    ],
    bounds: [
      { what: 'idle tick, calls of SSM', got: calls.ssm, most: 1 },
      { what: 'idle tick, uses of the KMS key', got: calls.kms, most: 0 },
      { what: 'idle tick, reads of a secret', got: calls.secrets, most: 0 },
      { what: 'idle tick, calls of the broker', got: calls.broker, most: 0 },
    ],
  };
}

async function callsOfOneTick({ world, environment, tick }: Place, bundle: string) {
  const books = openBooks(world);
  await runChild({ script: SCRIPT, arguments: [bundle, JSON.stringify(tick()), '0', '1'], environment });
  return books();
}

async function warm({ environment, tick }: Place, bundle: string, flags: readonly string[]): Promise<Cost> {
  const { answer } = await runChild<Cost>({
    script: SCRIPT,
    arguments: [bundle, JSON.stringify(tick()), String(WARM_UP), String(MESSAGES)],
    flags,
    environment,
  });
  return answer;
}
