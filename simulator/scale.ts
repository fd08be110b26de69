import { scaleCommand } from './load/scale-command.ts';

/** `npm run scale`: simulates many credentials in one account. */
process.once('SIGINT', () => process.exit(130));
await scaleCommand((text) => {
  process.stdout.write(`${text}\n`);
}).parseAsync();
