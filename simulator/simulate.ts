import { simulateCommand } from './year/simulate-command.ts';

/** `npm run simulate`: simulates years of operation. */
const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

process.once('SIGINT', () => process.exit(130));
await simulateCommand(write, (code) => {
  process.exitCode = code;
}).parseAsync();
