import { brokersCommand } from './brokers/brokers-command.ts';

/**
 * The command `npm run brokers` starts both simulated brokers on fixed ports, for tests of other projects.
 */
const command = brokersCommand(
  (line) => process.stdout.write(`${line}\n`),
  (running) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        void running.stop().then(() => process.exit(0));
      });
  },
);

try {
  await command.parseAsync();
} catch (error) {
  const { code, port } = error as { readonly code?: string; readonly port?: number };
  if (code !== 'EADDRINUSE') throw error;
  process.stderr.write(`port ${port} is in use: set --kis-port or --kiwoom-port; 0 selects a free port\n`);
  process.exitCode = 1;
}
