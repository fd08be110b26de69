import { simulateCommand } from './year/simulate-command.ts';

/** The program of `npm run simulate`, which simulates years of operation of the refresher. */
const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

process.once('SIGINT', () => process.exit(130));
await simulateCommand(write, (code) => {
  process.exitCode = code;
}).parseAsync();
