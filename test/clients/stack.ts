import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

  private constructor(local: LocalStack, hosts: BrokerHosts, clock: ManualClock) {
    this.localStack = local;
    this.hosts = hosts;
    this.#clock = clock;
  }

  static async start(): Promise<ClientStack> {
    // Each wait of the refresher advances this clock. The clock starts in the past, so that no token has an
    // issue time that is in the future for the readers.
    const clock = new ManualClock(Date.now() - 120 * MINUTE);
    const ports = { kis: 0, kiwoom: 0, aws: 0 };
    const local = await startLocalStack({ ports, clock, print: () => undefined });
    const { kis, kiwoom } = local;
    return new ClientStack(local, await startBrokerHosts({ kis: kis.handle, kiwoom: kiwoom.handle }), clock);
  }

  async stop(): Promise<void> {
    await this.hosts.close();
    await this.localStack.stop();
  }

  broker(credential: Credential) {
    return credential === 'kis-paper' ? this.localStack.kis : this.localStack.kiwoom;
  }

  published(credential: Credential): string {
    return this.localStack.aws.parameter(names(credential).token)?.value ?? '';
  }

  /** Returns the paths of the issue and revoke calls that clients sent. */
  tokenCalls(): readonly string[] {
    return this.hosts.calledPaths.filter((path) => path.includes('oauth2'));
  }

  /** Invalidates the published token at the simulated broker. */
  async kill(credential: Credential): Promise<void> {
    // A running refresher could verify the new token and detect the invalidation before a consumer does.
    await this.localStack.waitUntilIdle();
    this.broker(credential).kill(this.published(credential));
    // The refresher ignores rejections of a token that is less than a minute old.
    this.#clock.advance(2 * MINUTE);
  }

  /**
   * Requests a price up to six times, until the reply contains one. After a failed request, waits until the
   * refresher has handled the report that the client sent.
   * @param requestPrice requests a price, and returns the reply of the client
   * @returns the failed replies, and the last reply
   */
  async requestUntilPrice(requestPrice: () => Promise<Reply>) {
    const failed: Reply[] = [];
    let last = await requestPrice();
    while (failed.length < 5 && !('price' in last)) {
      failed.push(last);
      // A program requests a price about once a second.
      await Promise.all([sleep(1100), this.localStack.waitUntilIdle()]);
      last = await requestPrice();
    }
    return { failed, last };
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
}

/** The reply of a client to the request for a price. */
export type Reply = Readonly<Record<string, unknown>>;
