import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

const CDK = join(import.meta.dirname, '..', '..', 'node_modules', 'aws-cdk', 'bin', 'cdk');

export interface CdkOptions {
  /** The directory in which the command line runs. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

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

/**
 * Deploys all stacks of an app, if necessary after `cdk bootstrap`.
 * @param target the account and the region: `aws://<account>/<region>`
 * @returns everything that `cdk deploy` printed, and the outputs of all stacks
 */
export async function deployApp(target: string, args: readonly string[], options: CdkOptions) {
  if (!(await isBootstrapped())) await runCdk(['bootstrap', target], options);
  const file = join(options.directory, 'outputs.json');
  const deployArguments = ['deploy', '--all', '--require-approval', 'never', '--outputs-file', file, ...args];
  const consoleOutput = await runCdk(deployArguments, options);
  const outputsByStack = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
  const outputs: Record<string, string> = Object.assign({}, ...Object.values(outputsByStack));
  return { consoleOutput, outputs };
}

/**
 * Runs the CDK command line.
 * @returns everything that it printed
 * @throws Error with everything that it printed
 */
export async function runCdk(args: readonly string[], options: CdkOptions): Promise<string> {
  const { directory: cwd, environment: env, signal } = options;
  const command = [CDK, ...args, '--no-notices', '--ci'];
  const limits = { maxBuffer: 64 * 1024 * 1024, ...(signal && { signal }) };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd, env, ...limits });
    return `${stdout}\n${stderr}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`cdk ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}
