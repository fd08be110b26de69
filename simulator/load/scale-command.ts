import { Command, Option } from 'commander';
import { MAX_SEED } from '../random.ts';
import { formatTable } from '../table.ts';
import { wholeNumberParser } from '../whole-number.ts';
import { monthlyCost } from './cost.ts';
import {
  BROKER_BEHAVIORS,
  type BrokerBehavior,
  DEFAULT_LOAD_OPTIONS,
  LOAD_SCENARIOS,
  type LoadOptions,
  type LoadScenario,
  QUOTA_SETS,
  TICK_SPREADS,
} from './load-options.ts';
import { type LoadResult, runLoadScenario } from './load-scenarios.ts';
import { LOAD_COLUMNS } from './load-table.ts';

interface ScaleOptions extends Pick<LoadOptions, 'spread' | 'fleetMonitor' | 'hours' | 'seed'> {
  readonly credentials: readonly number[];
  readonly scenario: readonly LoadScenario[];
  readonly quotas: readonly string[];
  readonly check: number;
  readonly margin: number;
  readonly broker: BrokerBehavior;
  readonly consumers: number;
  readonly readsADay: number;
  readonly json?: boolean;
}

const choice = (flags: string, description: string, choices: readonly string[], value: unknown): Option =>
  new Option(flags, description).choices(choices).default(value);
const number = (flags: string, description: string, least: number, most: number, value: number): Option =>
  new Option(flags, description).argParser(wholeNumberParser(least, most)).default(value);

/** `npm run scale`. */
export function scaleCommand(print: (text: string) => void): Command {
  const quotas = QUOTA_SETS.map(({ name }) => name);
  const { spread, behavior, checkEverySeconds, renewBeforeSeconds, hours, seed } = DEFAULT_LOAD_OPTIONS;
  const command = new Command('scale')
    .description(
      'Simulates the refresher with many credentials in one AWS account, including the quotas of AWS',
    )
    .option(
      '--credentials <counts...>',
      'numbers of credentials',
      numberListParser(1, 200_000),
      [10, 100, 1000, 3333],
    );
  for (const option of [
    choice('--scenario <names...>', 'scenarios of a fleet', LOAD_SCENARIOS, LOAD_SCENARIOS),
    choice('--quotas <names...>', 'quotas of the account', quotas, ['default']),
    choice('--spread <name>', 'offset of the ticks within the check interval', TICK_SPREADS, spread),
    choice('--broker <name>', 'reply of the broker to an early issue call', BROKER_BEHAVIORS, behavior),
    number('--check <minutes>', 'checkEvery', 1, 12, checkEverySeconds / 60),
    number('--margin <minutes>', 'renewBefore', 1, 1080, renewBeforeSeconds / 60),
    number('--consumers <count>', 'programs that read tokens, of all credentials', 0, 1e6, 0),
    number('--reads-a-day <count>', 'number of Parameter Store reads per program and day', 0, 1e6, 6),
    new Option('--no-fleet-monitor', 'simulate credentials of stacks, which have their own alarms'),
    number('--hours <count>', 'longest simulated time', 1, 168, hours),
    number('--seed <number>', 'seed of all random numbers', 1, MAX_SEED, seed),
    new Option('--json', 'print JSON'),
  ])
    command.addOption(option);
  return command
    .showHelpAfterError('(--help lists the options)')
    .action((options: ScaleOptions) => simulate(options, print));
}

async function simulate(options: ScaleOptions, print: (text: string) => void): Promise<void> {
  const { check, margin, broker, consumers, readsADay, spread, fleetMonitor, hours, seed } = options;
  const otherReads = (consumers * readsADay) / 86_400;
  const settings = { checkEverySeconds: check * 60, renewBeforeSeconds: margin * 60, behavior: broker };
  const common = { ...settings, otherReads, spread, fleetMonitor, hours, seed };
  const rows: LoadResult[] = [];
  for (const scenario of options.scenario)
    for (const quotas of QUOTA_SETS.filter(({ name }) => options.quotas.includes(name)))
      for (const credentials of options.credentials)
        rows.push(await runLoadScenario(scenario, { ...common, quotas, credentials }));
  const costs = options.credentials.map((credentials) => ({
    credentials,
    ...monthlyCost(credentials, settings.checkEverySeconds),
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

/** Creates a parser for a command-line option that accepts several whole numbers. */
function numberListParser(least: number, most: number): (text: string) => readonly number[] {
  const parseNumber = wholeNumberParser(least, most);
  const numbers: number[] = [];
  return (text) => {
    numbers.push(parseNumber(text));
    return numbers;
  };
}
