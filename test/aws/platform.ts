import type { EmulatorPermission } from './app.ts';
import type { Scenario } from './scenario/scenario.ts';
import type { Run } from './settings.ts';

/** The platform of the test: an AWS account, or an emulator with its workarounds. */
export interface Platform {
  readonly name: 'AWS' | 'MiniStack';
  /** The environment variables of child processes. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Returns the permissions that the functions need on this platform in addition to the permissions in the
   * stack.
   */
  emulatorPermissions(run: Run): readonly EmulatorPermission[];
  /** Whether the platform checks the key policy and the encryption context when it decrypts a parameter. */
  readonly enforcesKeyPolicy: boolean;
  /**
   * Publishes the metrics of one alarm from the log lines of the function. In AWS, CloudWatch extracts the
   * metrics automatically.
   */
  publishMetrics(scenario: Scenario, alarm: string): Promise<void>;
  close(): Promise<void>;
}

/** Creates the platform for the AWS account that the shell is configured for. */
export function accountPlatform(region: string | undefined): Platform {
  if (region !== undefined) process.env['AWS_REGION'] = region;
  const environment = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return {
    name: 'AWS',
    environment: { ...environment, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    emulatorPermissions: () => [],
    enforcesKeyPolicy: true,
    publishMetrics: async () => {},
    close: async () => {},
  };
}
