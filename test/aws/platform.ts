import type { BridgedPermission } from './app.ts';
import type { Scenario } from './scenario/scenario.ts';
import type { Run } from './settings.ts';

/** The platform of the test: an AWS account, or an emulator with its workarounds. */
export interface Platform {
  readonly name: 'AWS' | 'MiniStack';
  /** Of child processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** The permissions of the functions that the platform does not find in the policies of the stack. */
  bridgedPermissions(run: Run): readonly BridgedPermission[];
  /** Whether decryption checks the key policy and the encryption context. */
  readonly decryptsWithKeyPolicy: boolean;
  /**
   * Publishes metrics from the log lines of the function, for one alarm; in AWS this happens automatically.
   */
  carryMetrics(scenario: Scenario, alarm: string): Promise<void>;
  close(): Promise<void>;
}

/** The platform that uses the AWS account of the shell. */
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
