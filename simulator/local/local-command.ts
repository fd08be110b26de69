import { Command } from 'commander';
import { wholeNumberParser } from '../whole-number.ts';
import { LOCAL_PORTS, type LocalStack, startLocalStack } from './local-stack.ts';

interface LocalOptions {
  readonly kisPort: number;
  readonly kiwoomPort: number;
  readonly awsPort: number;
}

/**
 * The command line of `npm run local`.
 * @param print receives every line of output
 */
export function localCommand(print: (line: string) => void, started: (stack: LocalStack) => void): Command {
  const portOption = (name: string, text: string, byDefault: number) =>
    [
      `--${name}-port <port>`,
      `port of ${text}; 0 selects a free port`,
      wholeNumberParser(0, 65_535),
      byDefault,
    ] as const;
  return new Command('local')
    .description(
      'Runs the refresher on this machine with simulated brokers and local AWS services, for the credentials kis-paper and kiwoom-paper.',
    )
    .option(...portOption('kis', 'KIS', LOCAL_PORTS.kis))
    .option(...portOption('kiwoom', 'Kiwoom', LOCAL_PORTS.kiwoom))
    .option(...portOption('aws', 'SSM, Secrets Manager, SNS and STS', LOCAL_PORTS.aws))
    .showHelpAfterError('(--help lists all options)')
    .action(async ({ kisPort, kiwoomPort, awsPort }: LocalOptions) => {
      const ports = { kis: kisPort, kiwoom: kiwoomPort, aws: awsPort };
      const stack = await startLocalStack({ ports, print });
      print('\nSet these variables in the shell of your program:\n');
      for (const [name, value] of Object.entries(stack.environment)) print(`export ${name}=${value}`);
      print('\nCredentials: kis-paper and kiwoom-paper. Press Ctrl-C to stop.');
      started(stack);
    });
}
