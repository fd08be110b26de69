import { brokersCommand } from './brokers/brokers-command.ts';

/** `npm run brokers`: both simulated brokers on fixed ports, for anybody's own tests. */
const command = brokersCommand(
  (line) => process.stdout.write(`${line}\n`),
  (running) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        running.stop().then(() => process.exit(0));
      });
  },
);

try {
  await command.parseAsync();
} catch (error) {
  const { code, port } = error as { readonly code?: string; readonly port?: number };
  if (code !== 'EADDRINUSE') throw error;
  process.stderr.write(
    `port ${port} is taken: choose others with --kis-port and --kiwoom-port, or 0 for free ones\n`,
  );
  process.exitCode = 1;
}
