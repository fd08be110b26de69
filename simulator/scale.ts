import { scaleCommand } from './load/scale-command.ts';

/** The program of `npm run scale`, which simulates many credentials in one AWS account. */
process.once('SIGINT', () => process.exit(130));
await scaleCommand((text) => {
  process.stdout.write(`${text}\n`);
}).parseAsync();
