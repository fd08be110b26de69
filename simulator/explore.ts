import { exploreProgram } from './explore/explore-command.ts';

await exploreProgram((line) => process.stdout.write(`${line}\n`)).parseAsync();
