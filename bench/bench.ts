import { rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { Command } from 'commander';
import { openEnvironment } from './environment.ts';
import { measureRenewal } from './renewal/measure-renewal.ts';
import { benchTable, describeExceededBounds, type Measurements } from './row.ts';
import { measureStartup } from './startup/measure-startup.ts';
import { buildVariants } from './startup/variants.ts';
import { measureTick } from './tick/measure-tick.ts';

const FULL_REPETITIONS = { startup: 25, tick: 9 };
const SHORT_REPETITIONS = { startup: 5, tick: 2 };

const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

async function run(repetitions: typeof FULL_REPETITIONS): Promise<number> {
  const date = new Date().toISOString().slice(0, 10);
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  print(`${date} · Node.js ${process.versions.node} · ${cores} · load average ${loadavg()[0]?.toFixed(1)}\n`);
  const measurements = await measureAll(repetitions);
  for (const line of benchTable(measurements.flatMap(({ rows }) => rows))) print(line);

  const bounds = measurements.flatMap((each) => each.bounds);
  const exceededBounds = describeExceededBounds(bounds);
  print(`\n${bounds.length - exceededBounds.length} of ${bounds.length} bounds hold.`);
  for (const failure of exceededBounds) print(`FAILED: ${failure}`);
  return exceededBounds.length === 0 ? 0 : 1;
}

async function measureAll({ startup, tick }: typeof FULL_REPETITIONS): Promise<readonly Measurements[]> {
  const environment = await openEnvironment(Date.now());
  const variants = await buildVariants();
  try {
    return [
      await measureStartup(environment, variants, startup),
      await measureTick(environment, variants, tick),
      await measureRenewal(variants.deployed),
    ];
  } finally {
    await environment.close();
    rmSync(variants.directory, { recursive: true, force: true });
  }
}

/** The command `npm run bench`. The exit code is 1 if a measured value exceeds its bound. */
await new Command('bench')
  .description('Compares the cost of the refresher function with baselines that the same run measures')
  .option(
    '--short',
    'run few repetitions, which are sufficient to check the bounds but not to publish figures',
  )
  .action(async ({ short }: { readonly short?: boolean }) => {
    process.exitCode = await run(short ? SHORT_REPETITIONS : FULL_REPETITIONS);
  })
  .parseAsync();
