import { join } from 'node:path';
import { countCalls, totalCalls } from '../calls.ts';
import { NO_GARBAGE_COLLECTION_FLAGS, runChild } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { interleave } from '../interleave.ts';
import { createRow, type Measurements } from '../row.ts';

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

/**
 * Measures a tick that has nothing to do, in a warm (already initialized) function.
 * @param deployed the path of the deployed bundle
 * @param oneRead the path of a bundle that reads the same two parameters and does nothing else
 */
export async function measureTick(
  environment: BenchEnvironment,
  deployed: string,
  oneRead: string,
  repetitions: number,
): Promise<Measurements> {
  const countSinceStart = countCalls(environment.world);
  await measureWarmTicks(environment, deployed, { warmUpCount: 0, messageCount: 1 });
  const calls = countSinceStart();
  const bundles = { ours: deployed, theirs: oneRead };
  const implementations = ['ours', 'theirs'] as const;
  const cpuCosts = await interleave(implementations, repetitions, (implementation) =>
    measureWarmTicks(environment, bundles[implementation]),
  );
  const heapCosts = await interleave(implementations, repetitions, (implementation) =>
    measureWarmTicks(environment, bundles[implementation], { flags: NO_GARBAGE_COLLECTION_FLAGS }),
  );
  if ([...heapCosts.ours, ...heapCosts.theirs].some(({ collections }) => collections > 0))
    throw new Error('the heap was collected while its growth was measured');

  const createCostRow = (what: string, unit: string, field: keyof TickCost, costs: typeof heapCosts) =>
    createRow(
      what,
      ONE_READ_BASELINE,
      unit,
      costs.ours.map((cost) => cost[field]),
      costs.theirs.map((cost) => cost[field]),
    );
  const allocated = createCostRow('idle tick, warm, allocated', 'KB', 'allocated', heapCosts);
  return {
    rows: [
      createRow('idle tick, calls', ONE_READ_BASELINE, '', [totalCalls(calls)], [1]),
      createCostRow('idle tick, warm, CPU', 'ms', 'cpu', cpuCosts),
      allocated,
    ],
    bounds: [
      {
        figureName: 'idle tick, allocated, by a bare read',
        measuredValue: allocated.ratio.median,
        maximum: MAX_ALLOCATED_RATIO,
      },
      { figureName: 'idle tick, calls of SSM', measuredValue: calls.ssm, maximum: 1 },
      { figureName: 'idle tick, uses of the KMS key', measuredValue: calls.kms, maximum: 0 },
      { figureName: 'idle tick, reads of a secret', measuredValue: calls.secrets, maximum: 0 },
      { figureName: 'idle tick, calls of the broker', measuredValue: calls.broker, maximum: 0 },
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
