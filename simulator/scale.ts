import { scaleCommand } from './load/scale-command.ts';

process.once('SIGINT', () => process.exit(130));
await scaleCommand((text) => process.stdout.write(`${text}\n`)).parseAsync();
