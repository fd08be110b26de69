import { simulateCommand } from './year/simulate-command.ts';

process.once('SIGINT', () => process.exit(130));
await simulateCommand().parseAsync();
