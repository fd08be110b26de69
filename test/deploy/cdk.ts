import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { ACCOUNT, cleanEnvironment, REGION } from './emulators.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const CDK = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** The console output of `cdk deploy`, and the outputs of the stack. */
export interface DeployResult {
  readonly consoleOutput: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs the CDK CLI with the project's app (bin/app.ts) in a separate directory. The directory contains the
 * project's `cdk.json` with a different value of `brokerTokens`.
 */
export class CdkProject {
  readonly #directory = createTemporaryDirectory('cdk');
  readonly #environment: Readonly<Record<string, string>>;

  constructor(endpoint: string, brokerTokens: unknown) {
    this.configure(brokerTokens);
    this.#environment = cleanEnvironment({
      AWS_ENDPOINT_URL: endpoint,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      NO_COLOR: '1',
    });
  }

  /** Changes the configuration for the next deployment. */
  configure(brokerTokens: unknown): void {
    const cdkJson = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { readonly context: object };
    const app = `"${process.execPath}" "${join(ROOT, 'bin', 'app.ts')}"`;
    const context = { ...cdkJson.context, brokerTokens };
    writeFileSync(join(this.#directory, 'cdk.json'), JSON.stringify({ app, context }));
  }

  async bootstrap(): Promise<void> {
    await this.#cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
  }

  async deploy(): Promise<DeployResult> {
    const file = join(this.#directory, 'outputs.json');
    const consoleOutput = await this.#cdk('deploy', '--require-approval', 'never', '--outputs-file', file);
    const outputsByStack = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
    return { consoleOutput, outputs: outputsByStack['BrokerTokens'] ?? {} };
  }

  async destroy(): Promise<void> {
    await this.#cdk('destroy', '--force');
  }

  #cdk(...args: readonly string[]): Promise<string> {
    return runCdk(args, { directory: this.#directory, environment: this.#environment });
  }
}

/**
 * Runs the CDK command line.
 * @returns everything that it printed
 * @throws Error with everything that it printed
 */
export async function runCdk(
  args: readonly string[],
  options: {
    readonly directory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  },
): Promise<string> {
  const { directory: cwd, environment: env, signal } = options;
  const command = [CDK, ...args, '--no-notices', '--ci'];
  const limits = { maxBuffer: 64 * 1024 * 1024, ...(signal && { signal }) };
  const { stdout, stderr } = await run(process.execPath, command, { cwd, env, ...limits }).catch(
    (error: unknown) => {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
      throw new Error(`cdk ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
    },
  );
  return `${stdout}\n${stderr}`;
}
