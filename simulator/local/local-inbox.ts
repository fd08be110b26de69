import { type InboxMessage, parseMessage } from '../../lambdas/shared/message.ts';
import { formatDecision } from '../decision-line.ts';
import { LambdaHost, type LambdaHostOptions } from '../lambda-host.ts';
import { createSqsEvent } from '../world.ts';

export interface LocalInboxOptions extends LambdaHostOptions {
  /** The id of the credential. */
  readonly id: string;
  readonly print: (line: string) => void;
}

/** The timeout of the deployed function, in milliseconds: the check interval of a minute plus 150 s. */
const TIMEOUT = 210_000;

/** The inbox of one credential, which delivers its messages to the refresher one after the other. */
export class LocalInbox {
  readonly #options: LocalInboxOptions;
  readonly #host: LambdaHost;
  #queue: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: LocalInboxOptions) {
    this.#options = options;
    this.#host = new LambdaHost(options);
  }

  /** Resolves when the refresher has handled the tick. */
  tick(): Promise<void> {
    return this.#send({ credential: this.#options.id, cause: 'schedule' });
  }

  /**
   * Forwards a message of the report topic as the subscription of the topic does: only if the cause is
   * `rejected` and the message names this credential.
   */
  report(body: string): void {
    const { id, print } = this.#options;
    const parsed = parseMessage(body);
    const isAccepted = parsed.ok && parsed.message.cause === 'rejected' && parsed.message.credential === id;
    if (isAccepted) void this.#send(parsed.message);
    else print(`${id}: the report topic dropped a message that is no report of this credential`);
  }

  /** Resolves when the refresher has handled all messages that were sent so far. */
  waitUntilIdle(): Promise<void> {
    return this.#queue;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#host.stop();
  }

  #send(message: InboxMessage): Promise<void> {
    this.#queue = this.#queue.then(() => this.#deliver(message));
    return this.#queue;
  }

  async #deliver(message: InboxMessage): Promise<void> {
    if (this.#isStopped) return;
    const { id, print } = this.#options;
    try {
      const { log } = await this.#host.invoke(createSqsEvent(JSON.stringify(message), id), TIMEOUT);
      const decisions = log.filter((line) => line['message'] === 'decision' && line['reason'] !== 'Fresh');
      for (const line of decisions) print(formatDecision(line));
    } catch (error) {
      if (!this.#isStopped) print(`${id}: the refresher failed: ${(error as Error).message}`);
    }
  }
}
