import { join } from 'node:path';
import { runChild } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { interleave } from '../interleave.ts';
import { type Findings, measured } from '../row.ts';
import { sizeOf, type Variants } from './variants.ts';

const SCRIPT = join(import.meta.dirname, 'first-message.cjs');
const NAMES = ['deployed', 'clients', 'oneRead'] as const;
type Name = (typeof NAMES)[number];
/** The number of variants that read parameters. */
const READING = 2;

/** The CPU time of one process from its start to the first handled message, in milliseconds. */
interface StartCost {
  /** The time until the bundle is loaded. */
  readonly ready: number;
  /** The time until the message is handled. */
  readonly handled: number;
}

const FLOOR = 'the two SDK clients only (the floor)';
const ONE_READ = 'the clients and one bare read';
/**
 * The limits: a busy machine changes these ratios by some hundredths, and a heavy dependency adds a tenth or
 * more.
 */
const MOST = { readyByFloor: 1.15, handledByRead: 1.35, bytesByFloor: 1 } as const;

/** Measures a cold start with an idle tick, and the size of the bundle. */
export async function measureStartup(
  environment: BenchEnvironment,
  variants: Variants,
  repetitions: number,
): Promise<Findings> {
  // The first start issues the token; after that, a tick has nothing to do.
  await start(environment, variants.deployed);
  environment.world.aws.clearCalls();
  const run = (name: Name) => start(environment, variants[name]);
  // The first start of each variant is not counted, because it reads its files from the disk.
  await interleave(NAMES, 1, run);
  const starts = await interleave(NAMES, repetitions, run);
  checkReads(environment, (repetitions + 1) * READING);

  const column = (name: Name, field: keyof StartCost) => starts[name].map((each) => each[field]);
  const row = (what: string, baseline: string, field: keyof StartCost, other: Name) =>
    measured(what, baseline, 'ms', column('deployed', field), column(other, field));
  const ready = row('start to loaded, CPU', FLOOR, 'ready', 'clients');
  const handled = row('start to first message, CPU', ONE_READ, 'handled', 'oneRead');
  const kilobytes = [variants.deployed, variants.clients].map((file) => sizeOf(file) / 1024);
  const bytes = measured('bundle', FLOOR, 'KB', kilobytes.slice(0, 1), kilobytes.slice(1));
  return {
    rows: [ready, handled, bytes],
    bounds: [
      { what: 'start to loaded, CPU, by the floor', got: ready.ratio.median, most: MOST.readyByFloor },
      {
        what: 'start to first message, CPU, by one read',
        got: handled.ratio.median,
        most: MOST.handledByRead,
      },
      { what: 'bundle, bytes by the floor', got: bytes.ratio.median, most: MOST.bytesByFloor },
    ],
  };
}

async function start({ variables: environment, tick }: BenchEnvironment, file: string): Promise<StartCost> {
  const { response, ...times } = await runChild<
    StartCost & { readonly response: { readonly batchItemFailures?: readonly unknown[] } }
  >({ script: SCRIPT, arguments: [file, JSON.stringify(tick())], environment });
  if ((response.batchItemFailures ?? []).length > 0) throw new Error(`${file} failed on its message`);
  return times;
}

/**
 * Checks that each variant read the parameters, because a variant that is fast because it failed must not
 * count.
 */
function checkReads({ world }: BenchEnvironment, expected: number): void {
  const { calls } = world.aws;
  const reads = calls.filter(({ operation, outcome }) => operation === 'GetParameters' && outcome === 'ok');
  if (reads.length !== expected || calls.length !== expected)
    throw new Error(`expected ${expected} reads, got ${reads.length} reads in ${calls.length} calls`);
}
