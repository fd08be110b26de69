import { fleetCommand } from './fleet/command.ts';

/** `npm run fleet`: many credentials in one account. */
process.once('SIGINT', () => process.exit(130));
await fleetCommand((text) => {
  process.stdout.write(`${text}\n`);
}).parseAsync();
