import { Random } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import { type Container, createContainer } from './account.ts';
import { CallQuota } from './call-quota.ts';
import type { Quotas } from './load-options.ts';

const SECOND = 1000;
/** The message retention of the queue (lib/inbox.ts), in milliseconds. */
const MESSAGE_RETENTION = 2 * 3600 * SECOND;

interface InboxOptions {
  readonly timeline: Timeline;
  readonly quotas: Quotas;
  /** The time after which the scheduler drops a tick that it could not deliver, in milliseconds. */
  readonly maximumEventAge: number;
  /** Handles a message of a message group in an execution environment. */
  readonly handle: (group: number, from: Container) => Promise<void>;
}

interface Message {
  readonly group: number;
  readonly sentAt: number;
}

/**
 * A model of EventBridge Scheduler, the FIFO queue and Lambda. Lambda handles one message of a message group
 * at a time, and one message per execution environment at a time.
 */
export class SimulatedInbox {
  readonly schedulerQuota: CallQuota;
  readonly sendQuota: CallQuota;
  /** The maximum number of messages that were in the queue at the same time, including messages in flight. */
  maxDepth = 0;
  /** The longest time from the sending of a message to the start of its invocation, in milliseconds. */
  longestWait = 0;
  /** The maximum number of concurrent invocations. */
  maxConcurrency = 0;
  /** The number of messages that the scheduler or the queue dropped because of their age. */
  dropped = 0;
  readonly #options: InboxOptions;
  readonly #receiveQuota: CallQuota;
  readonly #free: Container[];
  /** The message groups whose first message is ready or in process, with the waiting messages. */
  readonly #groups = new Map<number, Message[]>();
  /** The messages that Lambda can receive, oldest first. */
  readonly #ready = new Set<Message>();
  #depth = 0;
  #pausedUntil = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
    const { scheduler, queue, concurrency } = options.quotas;
    const random = new Random(1, 0);
    this.schedulerQuota = new CallQuota(scheduler, random);
    this.sendQuota = new CallQuota(queue, random);
    this.#receiveQuota = new CallQuota(queue, random);
    this.#free = Array.from({ length: concurrency }, createContainer);
  }

  /** Sends a tick, and retries every second until the queue accepts the tick or the tick is too old. */
  tick(group: number, dueAt: number): void {
    const { timeline, maximumEventAge } = this.#options;
    const { now } = timeline;
    if (this.schedulerQuota.take(now) && this.sendQuota.take(now)) this.#enqueue({ group, sentAt: now });
    else if (now + SECOND - dueAt > maximumEventAge) this.dropped += 1;
    else timeline.plan(now + SECOND, () => this.tick(group, dueAt));
  }

  #enqueue(message: Message): void {
    const waiting = this.#groups.get(message.group);
    if (waiting === undefined) {
      this.#groups.set(message.group, []);
      this.#ready.add(message);
    } else waiting.push(message);
    this.#depth += 1;
    this.maxDepth = Math.max(this.maxDepth, this.#depth);
    this.#receive();
  }

  /** Starts an invocation for each message that Lambda can receive. */
  #receive(): void {
    const { timeline } = this.#options;
    const { now } = timeline;
    if (now < this.#pausedUntil) return;
    for (const message of this.#ready) {
      const from = this.#free.at(-1);
      if (from === undefined) return;
      const isExpired = now - message.sentAt > MESSAGE_RETENTION;
      if (!isExpired && !this.#receiveQuota.take(now)) {
        this.#pausedUntil = (Math.floor(now / SECOND) + 1) * SECOND;
        timeline.plan(this.#pausedUntil, () => this.#receive());
        return;
      }
      this.#ready.delete(message);
      if (isExpired) {
        this.dropped += 1;
        this.#finish(message);
      } else {
        this.#free.pop();
        void this.#handle(message, from);
      }
    }
  }

  async #handle(message: Message, from: Container): Promise<void> {
    const { timeline, quotas, handle } = this.#options;
    this.longestWait = Math.max(this.longestWait, timeline.now - message.sentAt);
    this.maxConcurrency = Math.max(this.maxConcurrency, quotas.concurrency - this.#free.length);
    await handle(message.group, from);
    this.#free.push(from);
    this.#finish(message);
    this.#receive();
  }

  /** Makes the next waiting message of the group available to Lambda. */
  #finish({ group }: Message): void {
    this.#depth -= 1;
    const next = this.#groups.get(group)?.shift();
    if (next === undefined) this.#groups.delete(group);
    else this.#ready.add(next);
  }
}
