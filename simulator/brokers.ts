import { Command, InvalidArgumentError, Option } from 'commander';
import { BROKERS, type BrokerId, type Market } from '../lambdas/shared/credential.ts';
import { withHttpControl } from './brokers/control.ts';
import { FAKE_KEYS } from './brokers/keys.ts';
import { type KisOptions, KisSimulator } from './brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from './brokers/kiwoom.ts';
import { OPTIONS, OptionError, readAssignment } from './brokers/options.ts';
import { secretText } from './explore/world-state.ts';
import { listenAll, type RequestFunction } from './http.ts';
import { portOption, runServerCommand, stopOnSignal } from './server-command.ts';

interface BrokersOptions {
  readonly kisPort: number;
  readonly kiwoomPort: number;
  readonly market: Market;
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
}

const CONTROL_HELP = `While the brokers run, each broker also serves these calls:
  GET  /simulator             returns options, calls and tokens
  POST /simulator/options     sets options; the body is a JSON object
  POST /simulator/kill-token  invalidates a token; the body is {"token": "..."}
  POST /simulator/forget      deletes tokens and calls, as a restart does

Example: npm run brokers -- --kis reuseWindowSeconds=60 --kiwoom reissue=supersede`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function start({ kisPort, kiwoomPort, market, ...options }: BrokersOptions): Promise<void> {
  const commonProps = { clock: { now: () => Date.now() }, market };
  const kis = new KisSimulator({ ...commonProps, keys: [FAKE_KEYS.kis], options: options.kis });
  const kiwoom = new KiwoomSimulator({ ...commonProps, keys: [FAKE_KEYS.kiwoom], options: options.kiwoom });
  const handlers = { kis: createLoggingHandler('kis', kis), kiwoom: createLoggingHandler('kiwoom', kiwoom) };
  const { urls, close } = await listenAll(handlers, { kis: kisPort, kiwoom: kiwoomPort });
  for (const name of BROKERS)
    print(`${name.padEnd(6)} ${market}  ${urls[name]}  ${secretText(name, FAKE_KEYS[name])}`);
  print('Press Ctrl-C to stop.');
  stopOnSignal(close);
}

/** Adds the HTTP control to a simulator, and prints a line for each broker call. */
function createLoggingHandler(name: BrokerId, simulator: KisSimulator | KiwoomSimulator): RequestFunction {
  const handle = withHttpControl(name, simulator);
  return (request) => {
    const before = simulator.calls.length;
    const response = handle(request);
    const call = simulator.calls[before];
    if (call)
      print(`${new Date(call.at).toISOString()}  ${name.padEnd(6)} ${call.kind.padEnd(6)} ${call.outcome}`);
    return response;
  };
}

function brokerOption(broker: BrokerId, title: string): Option {
  return new Option(`--${broker} <option=value>`, `an option of ${title}; may be repeated`).argParser(
    (text: string, before: object = {}) => {
      try {
        return { ...before, ...readAssignment(broker, text) };
      } catch (error) {
        if (error instanceof OptionError) throw new InvalidArgumentError(error.message);
        throw error;
      }
    },
  );
}

function optionsHelp(broker: BrokerId): string {
  const lines = Object.entries(OPTIONS[broker]).map(([name, { default: value, values, meaning }]) =>
    `  ${name} (${JSON.stringify(value)})\n      ${meaning}: ${values}`.replaceAll('`', ''),
  );
  return [`Options of ${broker} (default):`, ...lines].join('\n');
}

/** The command `npm run brokers` starts both simulated brokers on fixed ports, for tests of other projects. */
const command = new Command('brokers')
  .description(
    'Starts simulated KIS and Kiwoom brokers on loopback. Each broker serves its token calls and one data call.',
  )
  .addOption(portOption('kis', 'KIS', 9543))
  .addOption(portOption('kiwoom', 'Kiwoom', 9544))
  .addOption(
    new Option('--market <market>', 'the market whose hosts the brokers simulate')
      .choices(['paper', 'live'])
      .default('paper'),
  )
  .addOption(brokerOption('kis', 'KIS'))
  .addOption(brokerOption('kiwoom', 'Kiwoom'))
  .addHelpText('after', () => `\n${BROKERS.map(optionsHelp).join('\n\n')}\n\n${CONTROL_HELP}`)
  .showHelpAfterError('(--help lists all options)')
  .action(start);

await runServerCommand(command, '--kis-port or --kiwoom-port');
