import { localCommand } from './local/local-command.ts';

/**
 * The command `npm run local` runs the refresher without AWS on this machine, for the development of
 * consumers.
 */
const command = localCommand(
  (line) => process.stdout.write(`${line}\n`),
  (stack) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        void stack.stop().then(() => process.exit(0));
      });
  },
);

try {
  await command.parseAsync();
} catch (error) {
  const { code, port } = error as { readonly code?: string; readonly port?: number };
  if (code !== 'EADDRINUSE') throw error;
  process.stderr.write(
    `port ${port} is in use: set --kis-port, --kiwoom-port or --aws-port; 0 selects a free port\n`,
  );
  process.exitCode = 1;
}
