import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ManualClock } from '../../simulator/clock.ts';
import { type LocalStack, startLocalStack } from '../../simulator/local/local-stack.ts';
import { names } from '../../simulator/world.ts';
import { cleanEnvironment } from '../deploy/emulators.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { type BrokerHosts, startBrokerHosts } from './broker-hosts.ts';
import { PYTHON_CACHE } from './python.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const PYTHONPATH = join(ROOT, 'reader-python', 'src');
const MINUTE = 60_000;

export type Credential = 'kis-paper' | 'kiwoom-paper';

/** The stack of `npm run local`, and a proxy from the real broker addresses to the simulated brokers. */
export class ClientStack {
  readonly localStack: LocalStack;
  readonly hosts: BrokerHosts;
  readonly #clock: ManualClock;
  readonly #children: ChildProcess[] = [];

  private constructor(local: LocalStack, hosts: BrokerHosts, clock: ManualClock) {
    this.localStack = local;
    this.hosts = hosts;
    this.#clock = clock;
  }

  static async start(): Promise<ClientStack> {
    // Each wait of the refresher advances this clock. The clock starts in the past, so that no token has an
    // issue time that is in the future for the readers.
    const clock = new ManualClock(Date.now() - 120 * MINUTE);
    const local = await startLocalStack({
      ports: { kis: 0, kiwoom: 0, aws: 0 },
      clock,
      print: () => undefined,
    });
    const { kis, kiwoom } = local;
    return new ClientStack(local, await startBrokerHosts({ kis: kis.handle, kiwoom: kiwoom.handle }), clock);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.hosts.close();
    await this.localStack.stop();
  }

  broker(credential: Credential) {
    return credential === 'kis-paper' ? this.localStack.kis : this.localStack.kiwoom;
  }

  published(credential: Credential): string {
    return this.localStack.aws.parameter(names(credential).token)?.value ?? '';
  }

  /** Invalidates the published token at the simulated broker. */
  async kill(credential: Credential): Promise<void> {
    // A running refresher could verify the new token and detect the invalidation before a consumer does.
    await this.localStack.waitUntilIdle();
    this.broker(credential).kill(this.published(credential));
    // The refresher ignores rejections of a token that is less than a minute old.
    this.#clock.advance(2 * MINUTE);
  }

  /** Returns environment variables with which a client reaches the simulated brokers through the proxy. */
  environment(credential: Credential): Record<string, string> {
    const directory = createTemporaryDirectory('client');
    const certificate = join(directory, 'ca.pem');
    writeFileSync(certificate, this.hosts.certificate);
    return cleanEnvironment({
      ...this.localStack.environment,
      CREDENTIAL: credential,
      PYTHONPATH,
      ...PYTHON_CACHE,
      HOME: directory,
      HTTPS_PROXY: this.hosts.proxy,
      NO_PROXY: '127.0.0.1',
      REQUESTS_CA_BUNDLE: certificate,
      SSL_CERT_FILE: certificate,
    });
  }

  /**
   * Starts a program that prints one line of JSON for each input line.
   * @returns a function that sends a line
   */
  startProgram(command: string, args: readonly string[], environment: Record<string, string>) {
    const child = spawn(command, args, {
      cwd: environment['HOME'],
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(String(chunk)));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return async (line = ''): Promise<Readonly<Record<string, unknown>>> => {
      child.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`the program ended:\n${errors.join('').slice(-3000)}`);
      return JSON.parse(value) as Record<string, unknown>;
    };
  }
}
