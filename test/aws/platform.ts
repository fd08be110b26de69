import type { BridgedPermission } from './app.ts';
import type { Scenario } from './scenario/scenario.ts';
import type { Run } from './settings.ts';

/** Where the test runs: an account, or an emulator with its workarounds. */
export interface Platform {
  readonly name: 'AWS' | 'MiniStack';
  /** Of child processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** Permissions of the functions that it does not find in the policies of the stack. */
  bridgedPermissions(run: Run): readonly BridgedPermission[];
  /** Decryption asks the key's policy, and the encryption context. */
  readonly decryptsWithKeyPolicy: boolean;
  /** Makes metrics of the lines that the function logged, for one alarm; AWS does so itself. */
  carryMetrics(scenario: Scenario, alarm: string): Promise<void>;
  close(): Promise<void>;
}

/** The account of the shell. */
export function accountPlatform(region: string | undefined): Platform {
  if (region !== undefined) process.env['AWS_REGION'] = region;
  const environment = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return {
    name: 'AWS',
    environment: { ...environment, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    bridgedPermissions: () => [],
    decryptsWithKeyPolicy: true,
    carryMetrics: async () => {},
    close: async () => {},
  };
}
