import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessResult, type RunOptions, tokens } from '../cli/run-tokens.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { type Brokers, startBrokers } from './brokers.ts';
import { deployApp, runCdk } from './cdk.ts';
import { Deployment } from './deployment.ts';
import { ACCOUNT, cleanEnvironment, type Emulator, REGION, startMiniStack } from './emulators.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * The project's app (bin/app.ts) in MiniStack, with the simulated brokers. The CDK runs in a separate
 * directory, which contains the project's `cdk.json` with a different value of `brokerTokens`.
 */
export class EmulatedApp {
  readonly brokers: Brokers;
  readonly #aws: Emulator;
  readonly #directory = createTemporaryDirectory('cdk');
  /** The environment variables of the CDK, of the command line and of the AWS CLI. */
  readonly environment: Readonly<Record<string, string>>;
  /** The deployed stack. The AWS clients of this process use MiniStack, too. */
  readonly stack: Deployment;

  private constructor(brokers: Brokers, aws: Emulator) {
    this.brokers = brokers;
    this.#aws = aws;
    process.env['AWS_ENDPOINT_URL'] = aws.endpoint;
    const AWS = { AWS_ENDPOINT_URL: aws.endpoint, AWS_DEFAULT_REGION: REGION };
    const CDK = { CDK_DISABLE_CLI_TELEMETRY: 'true', NO_COLOR: '1' };
    this.environment = cleanEnvironment({ ...AWS, ...CDK, ...brokers.environment });
    this.stack = new Deployment();
  }

  static async start(): Promise<EmulatedApp> {
    const brokers = await startBrokers();
    return new EmulatedApp(brokers, await startMiniStack(brokers.environment));
  }

  /** Deploys the stack with a configuration. @returns what `cdk deploy` printed */
  async deploy(brokerTokens: object): Promise<string> {
    const cdkJson = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { readonly context: object };
    const app = `"${process.execPath}" "${join(ROOT, 'bin', 'app.ts')}"`;
    const context = { ...cdkJson.context, brokerTokens };
    writeFileSync(join(this.#directory, 'cdk.json'), JSON.stringify({ app, context }));
    const { consoleOutput, outputs } = await deployApp(`aws://${ACCOUNT}/${REGION}`, [], this.#cdkOptions());
    this.stack.outputs = outputs;
    return consoleOutput;
  }

  async destroy(): Promise<void> {
    await runCdk(['destroy', '--force'], this.#cdkOptions());
  }

  /** Runs the command line of the project. */
  tokens(args: readonly string[], options: RunOptions = {}): Promise<ProcessResult> {
    return tokens(undefined, args, { environment: this.environment, ...options });
  }

  /** Runs the command line with the option --json. @returns its output */
  async json(args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse((await this.tokens([...args, '--json'])).out) as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    await this.#aws.stop();
    await this.brokers.close();
  }

  #cdkOptions() {
    return { directory: this.#directory, environment: this.environment };
  }
}
