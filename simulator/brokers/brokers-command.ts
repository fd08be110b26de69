import { Command, InvalidArgumentError } from 'commander';
import type { RequestFunction } from '../http.ts';
import { listen, type RunningServer } from '../http.ts';
import { wholeNumberParser } from '../whole-number.ts';
import { withHttpControl } from './control.ts';
import { FAKE_KEYS } from './keys.ts';
import { KisSimulator } from './kis.ts';
import { KiwoomSimulator } from './kiwoom.ts';
import type { BrokerCall } from './ledger.ts';
import { OPTIONS, OptionError, readAssignment, readOptions, type SimulatedBroker } from './options.ts';

interface BrokersOptions {
  readonly kisPort: number;
  readonly kiwoomPort: number;
  readonly market: 'live' | 'paper';
  readonly kis?: Readonly<Record<string, unknown>>;
  readonly kiwoom?: Readonly<Record<string, unknown>>;
}

export interface RunningBrokers {
  readonly kis: KisSimulator;
  readonly kiwoom: KiwoomSimulator;
  stop(): Promise<void>;
}

/**
 * Creates the command line of the simulated brokers.
 * @param print receives every line of output
 */
export function brokersCommand(
  print: (line: string) => void,
  started: (running: RunningBrokers) => void,
): Command {
  return new Command('brokers')
    .description(
      'Starts simulated KIS and Kiwoom brokers on loopback. Each broker serves its token calls and one data call.',
    )
    .option('--kis-port <port>', 'port of KIS; 0 selects a free port', wholeNumberParser(0, 65_535), 9543)
    .option(
      '--kiwoom-port <port>',
      'port of Kiwoom; 0 selects a free port',
      wholeNumberParser(0, 65_535),
      9544,
    )
    .addOption(
      new Command()
        .createOption('--market <market>', 'the market whose hosts the brokers simulate')
        .choices(['paper', 'live'])
        .default('paper'),
    )
    .option('--kis <option=value>', 'an option of KIS; may be repeated', createOptionParser('kis'))
    .option('--kiwoom <option=value>', 'an option of Kiwoom; may be repeated', createOptionParser('kiwoom'))
    .addHelpText('after', () => `\n${optionsHelp('kis')}\n\n${optionsHelp('kiwoom')}\n\n${CONTROL_HELP}`)
    .showHelpAfterError('(--help lists all options)')
    .action(async (options: BrokersOptions) => started(await start(options, print)));
}

const CONTROL_HELP = `While the brokers run, each broker also serves these calls:
  GET  /simulator             returns options, calls and tokens
  POST /simulator/options     sets options; the body is a JSON object
  POST /simulator/kill-token  invalidates a token; the body is {"token": "..."}
  POST /simulator/forget      deletes tokens and calls, as a restart does

Example: npm run brokers -- --kis reuseWindowSeconds=60 --kiwoom reissue=supersede`;

async function start(options: BrokersOptions, print: (line: string) => void): Promise<RunningBrokers> {
  const clock = { now: () => Date.now() };
  const { market } = options;
  const kis = new KisSimulator({ clock, market, keys: [FAKE_KEYS.kis], options: options.kis ?? {} });
  const kiwoom = new KiwoomSimulator({
    clock,
    market,
    keys: [FAKE_KEYS.kiwoom],
    options: options.kiwoom ?? {},
  });
  const servers: RunningServer[] = [];
  try {
    servers.push(await listen(createLoggingHandler('kis', kis, print), options.kisPort));
    servers.push(await listen(createLoggingHandler('kiwoom', kiwoom, print), options.kiwoomPort));
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
  const fields = { kis: ['appkey', 'appsecret'], kiwoom: ['appkey', 'secretkey'] } as const;
  for (const [index, name] of (['kis', 'kiwoom'] as const).entries()) {
    const { appkey, secret } = FAKE_KEYS[name];
    const [first, second] = fields[name];
    print(
      `${name.padEnd(6)} ${market}  ${servers[index]?.url}  ${JSON.stringify({ [first]: appkey, [second]: secret })}`,
    );
  }
  print('Press Ctrl-C to stop.');
  return {
    kis,
    kiwoom,
    stop: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Adds the HTTP control to a simulator, and prints a line for each broker call. */
function createLoggingHandler(
  name: SimulatedBroker,
  simulator: KisSimulator | KiwoomSimulator,
  print: (line: string) => void,
): RequestFunction {
  const handle = withHttpControl(name, simulator);
  return (request) => {
    const before = simulator.calls.length;
    const response = handle(request);
    const call = simulator.calls[before];
    if (call) print(formatCall(name, call));
    return response;
  };
}

function formatCall(name: SimulatedBroker, { at, kind, outcome }: BrokerCall): string {
  return `${new Date(at).toISOString()}  ${name.padEnd(6)} ${kind.padEnd(6)} ${outcome}`;
}

function createOptionParser(broker: SimulatedBroker) {
  return (
    text: string,
    before: Readonly<Record<string, unknown>> = {},
  ): Readonly<Record<string, unknown>> => {
    try {
      const [name, value] = readAssignment(text);
      return { ...before, ...readOptions(broker, { [name]: value }) };
    } catch (error) {
      if (error instanceof OptionError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

function optionsHelp(broker: SimulatedBroker): string {
  const { options, defaults } = OPTIONS[broker];
  const lines = Object.entries(options).map(([name, { values, meaning }]) => {
    const value = JSON.stringify(defaults[name as keyof typeof defaults]);
    return `  ${name} (${value})\n      ${meaning}: ${values}`.replaceAll('`', '');
  });
  return [`Options of ${broker} (default):`, ...lines].join('\n');
}
