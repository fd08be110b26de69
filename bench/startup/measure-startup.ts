import { statSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { interleave } from '../interleave.ts';
import { createRow, type Measurements } from '../row.ts';
import type { Variants } from './variants.ts';

const SCRIPT = join(import.meta.dirname, 'first-message.cjs');
const VARIANT_NAMES = ['deployed', 'clients', 'oneRead'] as const;
type VariantName = (typeof VARIANT_NAMES)[number];
/** The number of variants that read parameters. */
const READING_VARIANT_COUNT = 2;

/** The CPU times of one process until the bundle is loaded and the first message is processed, in ms. */
type StartCost = Readonly<Record<'ready' | 'handled', number>>;

const CLIENTS_BASELINE = 'the two SDK clients only (the floor)';
const ONE_READ_BASELINE = 'the clients and one bare read';
/**
 * The maximum ratios of the deployed bundle to its baselines: `oneRead` for `firstMessageTime`, otherwise
 * `clients`. A busy machine changes a ratio by some hundredths, and a large dependency adds a tenth or more.
 */
const MAX_RATIOS = { loadTime: 1.15, firstMessageTime: 1.35, bundleSize: 1 } as const;

/** Measures a cold start with a tick that has nothing to do, and the size of the bundle. */
export async function measureStartup(
  environment: BenchEnvironment,
  variants: Variants,
  repetitions: number,
): Promise<Measurements> {
  // The first start issues the token, so that the tick of every later start has nothing to do.
  await measureStart(environment, variants.deployed);
  environment.world.aws.clearCalls();
  const run = (name: VariantName) => measureStart(environment, variants[name]);
  // The results exclude the first start of each variant, because the first start reads files from the disk.
  await interleave(VARIANT_NAMES, 1, run);
  const startCosts = await interleave(VARIANT_NAMES, repetitions, run);
  checkReads(environment, (repetitions + 1) * READING_VARIANT_COUNT);

  const costsOf = (name: VariantName, field: keyof StartCost) => startCosts[name].map((each) => each[field]);
  const createTimeRow = (what: string, baseline: string, field: keyof StartCost, other: VariantName) =>
    createRow(what, baseline, 'ms', costsOf('deployed', field), costsOf(other, field));
  const ready = createTimeRow('start to loaded, CPU', CLIENTS_BASELINE, 'ready', 'clients');
  const handled = createTimeRow('start to first message, CPU', ONE_READ_BASELINE, 'handled', 'oneRead');
  const sizeInKilobytes = (file: string) => [statSync(file).size / 1024];
  const { deployed, clients } = variants;
  const size = createRow(
    'bundle',
    CLIENTS_BASELINE,
    'KB',
    sizeInKilobytes(deployed),
    sizeInKilobytes(clients),
  );
  return {
    rows: [ready, handled, size],
    bounds: [
      ['start to loaded, CPU, by the floor', ready.ratio.median, MAX_RATIOS.loadTime],
      ['start to first message, CPU, by one read', handled.ratio.median, MAX_RATIOS.firstMessageTime],
      ['bundle, bytes by the floor', size.ratio.median, MAX_RATIOS.bundleSize],
    ],
  };
}

async function measureStart(
  { variables: environment, tick }: BenchEnvironment,
  file: string,
): Promise<StartCost> {
  const { response, ...times } = await runChild<
    StartCost & { readonly response: { readonly batchItemFailures?: readonly unknown[] } }
  >({ script: SCRIPT, arguments: [file, JSON.stringify(tick())], environment });
  if ((response.batchItemFailures ?? []).length > 0) throw new Error(`${file} failed to process its message`);
  return times;
}

/**
 * Checks the number of parameter reads. A variant that fails before its read needs less time, and the results
 * must not contain the time of a failed variant.
 */
function checkReads({ world }: BenchEnvironment, expected: number): void {
  const { calls } = world.aws;
  const reads = calls.filter(({ operation, outcome }) => operation === 'GetParameters' && outcome === 'ok');
  if (reads.length !== expected || calls.length !== expected)
    throw new Error(`expected ${expected} reads, got ${reads.length} reads in ${calls.length} calls`);
}
