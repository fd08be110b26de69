import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { runChild } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { interleave } from '../interleave.ts';
import { counted, type Findings, measured } from '../row.ts';
import { pairedRatio } from '../statistics.ts';
import { composition } from './composition.ts';
import { sizeOf, type Variants } from './variants.ts';

const SCRIPT = join(import.meta.dirname, 'first-message.cjs');

/** One process, from its start to the first message handled. */
interface Start {
  /** Milliseconds. */
  readonly wall: number;
  /** CPU until the bundle is loaded, and until the message is handled; milliseconds. */
  readonly ready: number;
  readonly handled: number;
  /** Resident memory at its highest, MB. */
  readonly peak: number;
}

type Name = keyof Variants;
/** Of these so many read; the others have no handler. */
const READING = 5;
const NAMES: readonly Name[] = [
  'deployed',
  'untrimmed',
  'empty',
  'clients',
  'clientsTrimmed',
  'oneRead',
  'nodejsFunction',
  'unbundled',
];

const AGAINST: Readonly<Record<Exclude<Name, 'deployed'>, string>> = {
  untrimmed: "the same with the SDK's search for credentials",
  empty: 'an empty file',
  clients: 'the two SDK clients only (the floor)',
  clientsTrimmed: 'the two SDK clients only, trimmed alike',
  oneRead: 'the clients and one bare read, trimmed alike',
  nodejsFunction: "the same by NodejsFunction's defaults",
  unbundled: 'the same, not bundled',
};

/** Wall time says little on a busy machine: told for those that somebody might deploy, and for the two ends. */
const WALL = ['empty', 'clients', 'oneRead', 'nodejsFunction', 'unbundled'] as const;

/** The goal is that of the design. A busy machine spreads these by some hundredths; a heavy dependency costs a tenth and more. */
const MOST = { readyByFloor: 1.15, handledByRead: 1.35, bytesByFloor: 1 } as const;

/** A cold start with an idle tick: how long, how much memory, and what is in the bundle. */
export async function measureStartup(
  environment: BenchEnvironment,
  variants: Variants,
  metafile: Metafile,
  repetitions: number,
): Promise<Findings> {
  // The first one issues the token: from then on a tick finds nothing to do.
  await start(environment, variants.deployed);
  environment.world.aws.clearCalls();
  const run = (name: Name) => start(environment, variants[name]);
  // The very first of each reads its files from the disk: not counted.
  await interleave(NAMES, 1, run);
  const starts = await interleave(NAMES, repetitions, run);
  assertSameWork(environment, repetitions);

  const column = (name: Name, field: keyof Start) => starts[name].map((each) => each[field]);
  const row = (what: string, unit: string, field: keyof Start, other: Exclude<Name, 'deployed'>) =>
    measured(what, AGAINST[other], unit, column('deployed', field), column(other, field));
  const others = NAMES.filter((name) => name !== 'deployed');
  const bytes = sizeOf(variants.deployed);
  const floorBytes = sizeOf(variants.clients);
  return {
    rows: [
      ...others.map((other) => row('start to first message, CPU', 'ms', 'handled', other)),
      ...WALL.map((other) => row('start to first message, wall', 'ms', 'wall', other)),
      row('start to loaded, CPU', 'ms', 'ready', 'clients'),
      row('start to loaded, CPU', 'ms', 'ready', 'clientsTrimmed'),
      row('peak memory, first message', 'MB', 'peak', 'clients'),
      row('peak memory, first message', 'MB', 'peak', 'empty'),
      counted('bundle', AGAINST.clients, 'KB', bytes / 1024, floorBytes / 1024),
    ],
    bounds: [
      {
        what: 'start to loaded, CPU, by the floor',
        got: pairedRatio(column('deployed', 'ready'), column('clients', 'ready')).median,
        most: MOST.readyByFloor,
      },
      {
        what: 'start to first message, CPU, by one bare read',
        got: pairedRatio(column('deployed', 'handled'), column('oneRead', 'handled')).median,
        most: MOST.handledByRead,
      },
      { what: 'bundle, bytes by the floor', got: bytes / floorBytes, most: MOST.bytesByFloor },
    ],
    remarks: composition(metafile),
  };
}

async function start({ variables: environment, tick }: BenchEnvironment, file: string): Promise<Start> {
  const { wall, answer } = await runChild<Omit<Start, 'wall'> & { readonly response: object }>({
    script: SCRIPT,
    arguments: [file, JSON.stringify(tick())],
    environment,
  });
  const { response, ...costs } = answer;
  if ('batchItemFailures' in response && (response.batchItemFailures as readonly unknown[]).length > 0)
    throw new Error(`${file} failed on its message`);
  return { wall, ...costs };
}

/** What would be fast because it failed would be no news. */
function assertSameWork({ world }: BenchEnvironment, repetitions: number): void {
  const reads = world.aws.calls.filter(
    ({ operation, outcome }) => operation === 'GetParameters' && outcome === 'ok',
  );
  const expected = (repetitions + 1) * READING;
  if (reads.length !== expected || world.aws.calls.length !== expected)
    throw new Error(
      `${READING} variants were to read once each time, ${expected} in all; got ${reads.length} reads in ${world.aws.calls.length} calls`,
    );
}
