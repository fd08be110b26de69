import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SESSION_PRESETS } from '../../lambdas/shared/sessions.ts';
import { monthlyCost } from './cost.ts';
import type { BrokerBehaviour } from './load-brokers.ts';
import type { LoadResult } from './load-result.ts';
import {
  DEFAULT_LOAD,
  LOAD_SCENARIOS,
  type LoadOptions,
  type LoadScenario,
  runLoadScenario,
  TICK_SPREADS,
  type TickSpread,
} from './load-scenarios.ts';
import { loadTable } from './load-table.ts';
import { QUOTAS } from './quotas.ts';
import { realTable, runSizes } from './real-table.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/lambda/index.js', import.meta.url));
const HABITS: readonly BrokerBehaviour[] = ['kis', 'kiwoom-supersede', 'kiwoom-same-token'];

interface ScaleOptions {
  readonly credentials: readonly number[];
  readonly scenario: readonly LoadScenario[];
  readonly quotas: readonly string[];
  readonly spread: TickSpread;
  readonly check: number;
  readonly margin: number;
  readonly broker: BrokerBehaviour;
  readonly sessions?: keyof typeof SESSION_PRESETS;
  readonly consumers: number;
  readonly readsADay: number;
  readonly fleetMonitor: boolean;
  readonly hours: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly plot?: string;
  readonly real?: readonly number[];
}

/** `npm run scale`. */
export function scaleCommand(print: (text: string) => void): Command {
  return new Command('scale')
    .description(
      'Many credentials in one AWS account: the real decision and use case, and AWS with its quotas – Parameter Store, Lambda, Scheduler, FIFO queue, Secrets Manager, KMS.',
    )
    .option('--credentials <counts...>', 'how many', each(1, 200_000), [10, 100, 1000, 3333])
    .addOption(
      new Option('--scenario <names...>', 'scenarios in the life of a fleet')
        .choices(LOAD_SCENARIOS)
        .default(LOAD_SCENARIOS.filter((scenario) => scenario !== 'week')),
    )
    .addOption(
      new Option('--quotas <names...>', 'what AWS allows the account')
        .choices(QUOTAS.map(({ name }) => name))
        .default(['default']),
    )
    .addOption(
      new Option('--spread <name>', 'where in the interval ticks fall')
        .choices(TICK_SPREADS)
        .default(DEFAULT_LOAD.spread),
    )
    .addOption(
      new Option('--broker <habit>', 'what a broker does when it is asked again')
        .choices(HABITS)
        .default(DEFAULT_LOAD.habit),
    )
    .addOption(
      new Option('--sessions <preset>', 'hours in which no token should change; none unless named').choices(
        Object.keys(SESSION_PRESETS),
      ),
    )
    .option('--check <minutes>', 'checkEvery', whole(1, 12), DEFAULT_LOAD.checkEverySeconds / 60)
    .option('--margin <minutes>', 'renewBefore', whole(1, 1080), DEFAULT_LOAD.renewBeforeSeconds / 60)
    .option('--consumers <count>', 'programs that read tokens, of all credentials together', whole(0, 1e6), 0)
    .option('--reads-a-day <count>', 'reads of Parameter Store by each of them', whole(0, 1e6), 6)
    .option('--no-fleet-monitor', 'each credential has alarms of its own')
    .option('--hours <count>', 'how long the last token is waited for', whole(1, 168), DEFAULT_LOAD.hours)
    .option('--seed <number>', 'of all that is drawn', whole(1, 2 ** 31 - 1), DEFAULT_LOAD.seed)
    .option('--json', 'the measures as JSON')
    .option('--markdown', 'the table as Markdown')
    .option('--plot <file>', 'the curves besides (SVG)')
    .option(
      '--real <counts...>',
      'instead: the real bundle over HTTP with so many credentials; throughput, memory and their growth',
      each(1, 10_000),
    )
    .showHelpAfterError('(--help lists the options)')
    .action(async (options: ScaleOptions, command: Command) => {
      if (options.real === undefined) return simulate(options, print);
      if (!existsSync(BUNDLE)) command.error('--real needs the bundle: run `npm run bundle` first');
      print(realTable(await runSizes(options.real, BUNDLE)));
    });
}

async function simulate(options: ScaleOptions, print: (text: string) => void): Promise<void> {
  const rows: LoadResult[] = [];
  for (const scenario of options.scenario)
    for (const quotas of QUOTAS.filter(({ name }) => options.quotas.includes(name)))
      for (const credentials of options.credentials)
        rows.push(await runLoadScenario(scenario, settingsOf(options, credentials, quotas)));
  const costs = options.credentials.map((credentials) => ({
    credentials,
    ...monthlyCost(credentials, options.check * 60),
  }));
  if (options.json) print(JSON.stringify({ scenarios: rows, costs }, null, 2));
  else {
    print(loadTable(rows, options.markdown ? 'markdown' : 'text'));
    print('');
    for (const { credentials, total, each: one, ticks } of costs)
      print(
        `${credentials.toLocaleString('en')} credentials: $${total.toFixed(2)} a month at list price, $${one.toFixed(2)} each, of which ticks $${(ticks / credentials).toFixed(3)}`,
      );
  }
  if (options.plot === undefined) return;
  // Only a picture needs it, and it takes a second to load.
  const { plotLoad } = await import('./load-plot.ts');
  await writeFile(options.plot, await plotLoad(rows));
}

function settingsOf(options: ScaleOptions, credentials: number, quotas: LoadOptions['quotas']): LoadOptions {
  const { seed, spread, check, margin, sessions, broker, consumers, readsADay, fleetMonitor, hours } =
    options;
  return {
    credentials,
    quotas,
    seed,
    spread,
    checkEverySeconds: check * 60,
    renewBeforeSeconds: margin * 60,
    sessions: sessions === undefined ? [] : [{ preset: sessions }],
    habit: broker,
    otherReads: (consumers * readsADay) / 86_400,
    fleetMonitor,
    hours,
  };
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

/** The same for an option that may be given several values. */
function each(least: number, most: number) {
  const read = whole(least, most);
  const given: number[] = [];
  return (text: string): readonly number[] => {
    given.push(read(text));
    return given;
  };
}
