import { Command, Option } from 'commander';
import { MAX_SEED } from '../random.ts';
import { formatTable } from '../table.ts';
import { wholeNumberParser } from '../whole-number.ts';
import { monthlyCost } from './cost.ts';
import { BROKER_BEHAVIORS, type BrokerBehavior } from './load-brokers.ts';
import {
  DEFAULT_LOAD_OPTIONS,
  LOAD_SCENARIOS,
  type LoadOptions,
  type LoadScenario,
  TICK_SPREADS,
  type TickSpread,
} from './load-options.ts';
import type { LoadResult } from './load-result.ts';
import { runLoadScenario } from './load-scenarios.ts';
import { LOAD_COLUMNS } from './load-table.ts';
import { QUOTA_SETS } from './quotas.ts';

interface ScaleOptions {
  readonly credentials: readonly number[];
  readonly scenario: readonly LoadScenario[];
  readonly quotas: readonly string[];
  readonly spread: TickSpread;
  readonly check: number;
  readonly margin: number;
  readonly broker: BrokerBehavior;
  readonly consumers: number;
  readonly readsADay: number;
  readonly fleetMonitor: boolean;
  readonly hours: number;
  readonly seed: number;
  readonly json?: boolean;
}

const choice = (flags: string, description: string, choices: readonly string[], value: unknown): Option =>
  new Option(flags, description).choices(choices).default(value);

/** `npm run scale`. */
export function scaleCommand(print: (text: string) => void): Command {
  const quotas = QUOTA_SETS.map(({ name }) => name);
  const { spread, behavior, checkEverySeconds, renewBeforeSeconds, hours, seed } = DEFAULT_LOAD_OPTIONS;
  return new Command('scale')
    .description(
      'Simulates the refresher with many credentials in one AWS account, including the quotas of AWS',
    )
    .option(
      '--credentials <counts...>',
      'numbers of credentials',
      numberListParser(1, 200_000),
      [10, 100, 1000, 3333],
    )
    .addOption(choice('--scenario <names...>', 'scenarios of a fleet', LOAD_SCENARIOS, LOAD_SCENARIOS))
    .addOption(choice('--quotas <names...>', 'quotas of the account', quotas, ['default']))
    .addOption(
      choice('--spread <name>', 'offset of the ticks within the check interval', TICK_SPREADS, spread),
    )
    .addOption(
      choice('--broker <name>', 'reply of the broker to an early issue call', BROKER_BEHAVIORS, behavior),
    )
    .option('--check <minutes>', 'checkEvery', wholeNumberParser(1, 12), checkEverySeconds / 60)
    .option('--margin <minutes>', 'renewBefore', wholeNumberParser(1, 1080), renewBeforeSeconds / 60)
    .option(
      '--consumers <count>',
      'programs that read tokens, of all credentials',
      wholeNumberParser(0, 1e6),
      0,
    )
    .option(
      '--reads-a-day <count>',
      'number of Parameter Store reads per program and day',
      wholeNumberParser(0, 1e6),
      6,
    )
    .option('--no-fleet-monitor', 'simulate credentials of stacks, which have their own alarms')
    .option('--hours <count>', 'longest simulated time', wholeNumberParser(1, 168), hours)
    .option('--seed <number>', 'seed of all random numbers', wholeNumberParser(1, MAX_SEED), seed)
    .option('--json', 'print JSON')
    .showHelpAfterError('(--help lists the options)')
    .action((options: ScaleOptions) => simulate(options, print));
}

async function simulate(options: ScaleOptions, print: (text: string) => void): Promise<void> {
  const rows: LoadResult[] = [];
  for (const scenario of options.scenario)
    for (const quotas of QUOTA_SETS.filter(({ name }) => options.quotas.includes(name)))
      for (const credentials of options.credentials)
        rows.push(await runLoadScenario(scenario, loadOptionsOf(options, credentials, quotas)));
  const costs = options.credentials.map((credentials) => ({
    credentials,
    ...monthlyCost(credentials, options.check * 60),
  }));
  if (options.json) {
    print(JSON.stringify({ scenarios: rows, costs }, null, 2));
    return;
  }
  print(`${formatTable(LOAD_COLUMNS, rows)}\n`);
  for (const { credentials, total, each, ticks } of costs)
    print(
      `${credentials.toLocaleString('en')} credentials: $${total.toFixed(2)} a month at list price, $${each.toFixed(2)} each, of which ticks $${(ticks / credentials).toFixed(3)}`,
    );
}

function loadOptionsOf(
  options: ScaleOptions,
  credentials: number,
  quotas: LoadOptions['quotas'],
): LoadOptions {
  const { seed, spread, check, margin, broker, consumers, readsADay, fleetMonitor, hours } = options;
  return {
    credentials,
    quotas,
    seed,
    spread,
    checkEverySeconds: check * 60,
    renewBeforeSeconds: margin * 60,
    behavior: broker,
    otherReads: (consumers * readsADay) / 86_400,
    fleetMonitor,
    hours,
  };
}

/** Creates a parser for a command-line option that accepts several whole numbers. */
function numberListParser(least: number, most: number): (text: string) => readonly number[] {
  const parseNumber = wholeNumberParser(least, most);
  const numbers: number[] = [];
  return (text) => {
    numbers.push(parseNumber(text));
    return numbers;
  };
}
