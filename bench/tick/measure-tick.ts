import { join } from 'node:path';
import { countCalls, totalCalls } from '../calls.ts';
import { NO_GARBAGE_COLLECTION_FLAGS, runChild } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { interleave } from '../interleave.ts';
import { createRow, type Measurements } from '../row.ts';
import type { Variants } from '../startup/variants.ts';

const SCRIPT = join(import.meta.dirname, 'warm.cjs');
const WARM_UP_MESSAGES = 200;
const MEASURED_MESSAGES = 200;
const ONE_READ_BASELINE = 'one bare GetParameters';
/**
 * The upper limit of allocated memory, relative to one bare read. The ratio differs by less than 0.01 between
 * runs.
 */
const MAX_ALLOCATED_RATIO = 1.6;

/** The cost of one message in a warm (already initialized) function. */
interface TickCost {
  /** The CPU time, in milliseconds. */
  readonly cpu: number;
  /** The allocated heap memory, in KB. */
  readonly allocated: number;
  /** The number of garbage collections during all measured messages. */
  readonly collections: number;
}

/** Measures a tick that has nothing to do, in a warm (already initialized) function. */
export async function measureTick(
  environment: BenchEnvironment,
  { deployed, oneRead }: Variants,
  repetitions: number,
): Promise<Measurements> {
  const countSinceStart = countCalls(environment.world);
  await measureWarmTicks(environment, deployed, { warmUpCount: 0, messageCount: 1 });
  const calls = countSinceStart();
  const bundles = { refresher: deployed, baseline: oneRead };
  const implementations = ['refresher', 'baseline'] as const;
  const cpuCosts = await interleave(implementations, repetitions, (implementation) =>
    measureWarmTicks(environment, bundles[implementation]),
  );
  const heapCosts = await interleave(implementations, repetitions, (implementation) =>
    measureWarmTicks(environment, bundles[implementation], { flags: NO_GARBAGE_COLLECTION_FLAGS }),
  );
  if ([...heapCosts.refresher, ...heapCosts.baseline].some(({ collections }) => collections > 0))
    throw new Error('the heap was collected while its growth was measured');

  const createCostRow = (what: string, unit: string, field: keyof TickCost, costs: typeof heapCosts) => {
    const valuesOf = (implementation: keyof typeof bundles) =>
      costs[implementation].map((cost) => cost[field]);
    return createRow(what, ONE_READ_BASELINE, unit, valuesOf('refresher'), valuesOf('baseline'));
  };
  const allocated = createCostRow('idle tick, warm, allocated', 'KB', 'allocated', heapCosts);
  return {
    rows: [
      createRow('idle tick, calls', ONE_READ_BASELINE, '', [totalCalls(calls)], [1]),
      createCostRow('idle tick, warm, CPU', 'ms', 'cpu', cpuCosts),
      allocated,
    ],
    bounds: [
      ['idle tick, allocated, by a bare read', allocated.ratio.median, MAX_ALLOCATED_RATIO],
      ['idle tick, calls of SSM', calls.ssm, 1],
      ['idle tick, uses of the KMS key', calls.kms, 0],
      ['idle tick, reads of a secret', calls.secrets, 0],
      ['idle tick, calls of the broker', calls.broker, 0],
    ],
  };
}

interface WarmTickOptions {
  readonly warmUpCount?: number;
  readonly messageCount?: number;
  readonly flags?: readonly string[];
}

function measureWarmTicks(
  { variables: environment, tick }: BenchEnvironment,
  bundle: string,
  { warmUpCount = WARM_UP_MESSAGES, messageCount = MEASURED_MESSAGES, flags = [] }: WarmTickOptions = {},
): Promise<TickCost> {
  const args = [bundle, JSON.stringify(tick()), String(warmUpCount), String(messageCount)];
  return runChild<TickCost>({ script: SCRIPT, arguments: args, flags, environment });
}
