import { type Command, Option } from 'commander';
import { wholeNumberParser } from './whole-number.ts';

export function portOption(service: string, title: string, byDefault: number): Option {
  return new Option(`--${service}-port <port>`, `port of ${title}; 0 selects a free port`)
    .argParser(wholeNumberParser(0, 65_535))
    .default(byDefault);
}

/** Runs a command that starts servers. If a port is in use, prints the `portFlags` that select other ports. */
export async function runServerCommand(command: Command, portFlags: string): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    const { code, port } = error as { readonly code?: string; readonly port?: number };
    if (code !== 'EADDRINUSE') throw error;
    process.stderr.write(`port ${port} is in use: set ${portFlags}; 0 selects a free port\n`);
    process.exitCode = 1;
  }
}

/** On Ctrl-C, calls `stop`, then ends the process. */
export function stopOnSignal(stop: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void stop().then(() => process.exit(0));
    });
}
