import { Command } from 'commander';
import { startLocalStack } from './local/local-stack.ts';
import { portOption, runServerCommand, stopOnSignal } from './server-command.ts';

interface LocalOptions {
  readonly kisPort: number;
  readonly kiwoomPort: number;
  readonly awsPort: number;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The command `npm run local` runs the refresher without AWS, for the development of consumers. */
const command = new Command('local')
  .description(
    'Runs the refresher on this machine with simulated brokers and local AWS services, for the credentials kis-paper and kiwoom-paper.',
  )
  .addOption(portOption('kis', 'KIS', 9543))
  .addOption(portOption('kiwoom', 'Kiwoom', 9544))
  .addOption(portOption('aws', 'SSM, Secrets Manager, SNS and STS', 9545))
  .showHelpAfterError('(--help lists all options)')
  .action(async ({ kisPort, kiwoomPort, awsPort }: LocalOptions) => {
    const ports = { kis: kisPort, kiwoom: kiwoomPort, aws: awsPort };
    const { environment, stop } = await startLocalStack({ ports, print });
    print('\nSet these variables in the shell of your program:\n');
    for (const [name, value] of Object.entries(environment)) print(`export ${name}=${value}`);
    print('\nCredentials: kis-paper and kiwoom-paper. Press Ctrl-C to stop.');
    stopOnSignal(stop);
  });

await runServerCommand(command, '--kis-port, --kiwoom-port or --aws-port');
