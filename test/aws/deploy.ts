import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { runCdk } from '../deploy/cdk.ts';
import { REJECTION_MARKER } from './brokers/test-brokers.ts';
import type { Platform } from './platform.ts';
import { RUN_TAG, type Run, secretName, secretValue } from './settings.ts';

/**
 * Returns whether the account contains the stack of `cdk bootstrap` (CDK Developer Guide, "Bootstrapping").
 */
export async function isBootstrapped(): Promise<boolean> {
  try {
    await new SSMClient().send(new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return false;
    throw error;
  }
}

export interface DeployOptions {
  readonly run: Run;
  readonly platform: Platform;
  readonly account: string;
  readonly region: string;
  /** The directory of the cloud assembly, which `synthesize` returns. */
  readonly assembly: string;
  readonly directory: string;
}

/**
 * Creates the secrets, which the stack imports by name. The secret of the credential `rejected` contains a
 * wrong app secret.
 */
export async function createSecrets(run: Run): Promise<void> {
  const client = new SecretsManagerClient();
  for (const id of ['kis', 'kiwoom', 'rejected'] as const) {
    const value = id === 'rejected' ? secretValue(id, `FAKE-${REJECTION_MARKER}`) : secretValue(id);
    await client.send(
      new CreateSecretCommand({
        Name: secretName(run, id),
        Description: 'A fake app key of npm run test:aws',
        SecretString: JSON.stringify(value),
        Tags: [{ Key: RUN_TAG, Value: run.id }],
      }),
    );
  }
}

/** Deploys both stacks. @returns their outputs */
export async function deploy(
  { run, platform, account, region, assembly, directory }: DeployOptions,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  mkdirSync(directory, { recursive: true });
  const outputs = join(directory, 'outputs.json');
  const options = { directory, environment: { ...platform.environment, AWS_REGION: region }, signal };
  if (!(await isBootstrapped())) await runCdk(['bootstrap', `aws://${account}/${region}`], options);
  const args = ['--all', '--require-approval', 'never', '--app', assembly, '--outputs-file', outputs];
  await runCdk(['deploy', ...args], options);
  const outputsByStack = JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Record<string, string>>;
  return { ...outputsByStack[run.stack], ...outputsByStack[run.consumerStack] };
}
