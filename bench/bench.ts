import { parseArgs } from 'node:util';
import { benchTable } from './bench-table.ts';
import { openEnvironment } from './environment.ts';
import { describeMachine } from './machine.ts';
import { measureReader, type ReaderOptions } from './reader/measure-reader.ts';
import { measureRenewal } from './renewal/measure-renewal.ts';
import { brokenBounds, type Findings } from './row.ts';
import { measureStartup } from './startup/measure-startup.ts';
import { makeVariants } from './startup/variants.ts';
import { measureTick } from './tick/measure-tick.ts';

/**
 * `npm run bench`: what the functions and the reader cost, against what they could be compared with, measured in
 * the same run. Exits with 1 where a count or a ratio is worse than a busy machine can make it.
 */
const USAGE = `npm run bench -- [--short]

  --short  few repetitions: enough to see what must hold, not to quote from. For CI.
`;

interface Repetitions {
  readonly startup: number;
  readonly tick: number;
  readonly reader: ReaderOptions;
}
const WHOLE: Repetitions = { startup: 25, tick: 9, reader: { rounds: 15, time: 300, paces: [60, 1] } };
const SHORT: Repetitions = { startup: 5, tick: 2, reader: { rounds: 3, time: 50, paces: [60] } };

const write = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function main(): Promise<number> {
  const short = readOptions();
  if (typeof short === 'string') {
    process.stderr.write(short);
    return short === USAGE ? 0 : 2;
  }
  for (const line of describeMachine(new Date())) write(`${line}  `);
  write();
  const findings = await measureAll(short ? SHORT : WHOLE);
  for (const line of benchTable(findings.flatMap(({ rows }) => rows))) write(line);
  for (const { remarks } of findings) if (remarks) write(`\n${remarks.join('\n')}`);

  const bounds = findings.flatMap((each) => each.bounds);
  const failures = brokenBounds(bounds);
  write(`\n${bounds.length - failures.length} of ${bounds.length} bounds hold.`);
  for (const failure of failures) write(`FAILED: ${failure}`);
  return failures.length === 0 ? 0 : 1;
}

async function measureAll({ startup, tick, reader }: Repetitions): Promise<readonly Findings[]> {
  const environment = await openEnvironment(Date.now());
  try {
    tell('bundling …');
    const { variants, metafile } = await makeVariants();
    tell('start-up …');
    const findings = [await measureStartup(environment, variants, metafile, startup)];
    tell('idle tick …');
    findings.push(await measureTick(environment, variants.deployed, variants.oneRead, tick));
    tell('renewal …');
    findings.push(await measureRenewal(variants.deployed));
    tell('reader …');
    findings.push(await measureReader(environment, variants.deployed, reader));
    return findings;
  } finally {
    await environment.close();
  }
}

function readOptions(): boolean | string {
  try {
    const { values } = parseArgs({
      options: { short: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    });
    return values.help ? USAGE : values.short;
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
}

process.exitCode = await main();
