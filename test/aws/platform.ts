import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import { ACCOUNT, cleanEnvironment, REGION, startMiniStackWithPermissions } from '../deploy/emulators.ts';
import { setup as installEmulators } from '../deploy/python.ts';
import { updateAlarmStates } from './alarm-states.ts';
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
  emulatorPermissions(run: Run): readonly PolicyStatementProps[];
  /** Whether the platform checks the key policy and the encryption context when it decrypts a parameter. */
  readonly enforcesKeyPolicy: boolean;
  /** Evaluates an alarm if the platform does not evaluate alarms. */
  updateAlarm(scenario: Scenario, name: string): Promise<void>;
  close(): Promise<void>;
}

/** Creates the platform for the AWS account that the shell is configured for. */
export function accountPlatform(region: string | undefined): Platform {
  if (region !== undefined) process.env['AWS_REGION'] = region;
  const environment = { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' } as Record<string, string>;
  return {
    name: 'AWS',
    environment,
    emulatorPermissions: () => [],
    enforcesKeyPolicy: true,
    updateAlarm: async () => {},
    close: async () => {},
  };
}

/**
 * Starts the emulator MiniStack with TLS and enforced permissions. docs/testing.md lists the workarounds for
 * MiniStack.
 */
export async function emulatorPlatform(): Promise<Platform> {
  await installEmulators();
  const emulator = await startMiniStackWithPermissions();
  const environment = cleanEnvironment({
    AWS_ENDPOINT_URL: emulator.endpoint,
    NODE_EXTRA_CA_CERTS: emulator.certificate,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  });
  // The AWS clients of this process use only the emulator, never the AWS account that the shell is configured
  // for.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('AWS_')) process.env[name] = value;
  setDefaultCACertificates([...getCACertificates(), readFileSync(emulator.certificate, 'utf8')]);
  return {
    name: 'MiniStack',
    environment,
    emulatorPermissions: ({ stack }) => [
      // For a call with several names, MiniStack checks the permission for the resource "*", but AWS checks
      // the permission for the ARN of each name.
      { actions: ['ssm:GetParameters', 'ssm:DeleteParameters'], resources: ['*'] },
      // In MiniStack, `Ref` of a secret returns the name of the secret instead of its ARN, so the policy for
      // a created secret matches no resource.
      {
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        resources: [`arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${stack}-Secretcreated*`],
      },
    ],
    enforcesKeyPolicy: false,
    updateAlarm: ({ stack, startedAt: from }, prefix) => {
      // With the deployed periods, the alarm would need eight minutes to return to OK.
      const change = { period: 60_000, evaluationPeriods: 1, datapointsToAlarm: 1 };
      return updateAlarmStates(stack, { from, prefix, change });
    },
    close: () => emulator.stop(),
  };
}
