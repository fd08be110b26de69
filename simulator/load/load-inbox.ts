import { Random } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import { type Container, createContainer } from './account.ts';
import type { Quotas } from './quotas.ts';
import { CallQuota } from './throughput.ts';

const SECOND = 1000;
/** The message retention of the queue (lib/inbox.ts), in milliseconds. */
const MESSAGE_RETENTION = 2 * 3600 * SECOND;

export interface InboxOptions {
  readonly timeline: Timeline;
  readonly quotas: Quotas;
  readonly groups: number;
  /** The time after which the scheduler drops a tick that it could not deliver, in milliseconds. */
  readonly maximumEventAge: number;
  /** Handles a message of a message group in an execution environment, then calls `done`. */
  readonly handle: (group: number, from: Container, done: () => void) => void;
}

/**
 * A model of EventBridge Scheduler, the FIFO queue and Lambda. Lambda handles one message of a message group
 * at a time, and one message per execution environment at a time.
 */
export class SimulatedInbox {
  readonly schedulerQuota: CallQuota;
  readonly sendQuota: CallQuota;
  readonly receiveQuota: CallQuota;
  /** The maximum number of messages that were in the queue at the same time, including messages in flight. */
  maxDepth = 0;
  /** The longest time from the sending of a message to the start of its invocation, in milliseconds. */
  longestWait = 0;
  /** The maximum number of concurrent invocations. */
  maxConcurrency = 0;
  /** The number of messages that the scheduler or the queue dropped because of their age. */
  dropped = 0;
  readonly #options: InboxOptions;
  readonly #free: Container[];
  readonly #concurrency: number;
  readonly #busy: Uint8Array;
  /** The send times of the messages that wait while Lambda handles another message of the same group. */
  readonly #behind = new Map<number, number[]>();
  #ready: { readonly group: number; readonly sentAt: number }[] = [];
  #first = 0;
  #waiting = 0;
  #pausedUntil = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
    const { quotas, groups } = options;
    const random = new Random(1, 0);
    this.schedulerQuota = new CallQuota(quotas.scheduler, random);
    this.sendQuota = new CallQuota(quotas.queue, random);
    this.receiveQuota = new CallQuota(quotas.queue, random);
    this.#concurrency = quotas.concurrency;
    this.#free = Array.from({ length: quotas.concurrency }, createContainer);
    this.#busy = new Uint8Array(groups);
  }

  /** The number of messages in the queue, including the messages in flight. */
  get depth(): number {
    return this.#waiting + this.#concurrency - this.#free.length;
  }

  /** Sends a tick, and retries every second until the queue accepts the tick or the tick is too old. */
  tick(group: number, dueAt: number): void {
    const { timeline, maximumEventAge } = this.#options;
    const { now } = timeline;
    if (this.schedulerQuota.take(now) && this.sendQuota.take(now)) this.#enqueue(group, now);
    else if (now + SECOND - dueAt > maximumEventAge) this.dropped += 1;
    else timeline.plan(now + SECOND, () => this.tick(group, dueAt));
  }

  #enqueue(group: number, sentAt: number): void {
    this.#waiting += 1;
    if (this.#busy[group]) {
      const waitingSendTimes = this.#behind.get(group);
      if (waitingSendTimes) waitingSendTimes.push(sentAt);
      else this.#behind.set(group, [sentAt]);
    } else {
      this.#busy[group] = 1;
      this.#ready.push({ group, sentAt });
    }
    this.maxDepth = Math.max(this.maxDepth, this.depth);
    this.#start();
  }

  #start(): void {
    const { timeline } = this.#options;
    const { now } = timeline;
    if (now < this.#pausedUntil) return;
    while (this.#first < this.#ready.length) {
      const from = this.#free.at(-1);
      const next = this.#ready[this.#first];
      if (from === undefined || next === undefined) return;
      if (now - next.sentAt > MESSAGE_RETENTION) {
        this.#taken();
        this.dropped += 1;
        this.#next(next.group);
        continue;
      }
      if (!this.receiveQuota.take(now)) {
        this.#pausedUntil = (Math.floor(now / SECOND) + 1) * SECOND;
        timeline.plan(this.#pausedUntil, () => this.#start());
        return;
      }
      this.#taken();
      this.#free.pop();
      this.#handle(next.group, next.sentAt, from);
    }
  }

  #taken(): void {
    this.#first += 1;
    this.#waiting -= 1;
    if (this.#first < 10_000) return;
    this.#ready = this.#ready.slice(this.#first);
    this.#first = 0;
  }

  #handle(group: number, sentAt: number, from: Container): void {
    const { timeline, handle } = this.#options;
    this.longestWait = Math.max(this.longestWait, timeline.now - sentAt);
    this.maxConcurrency = Math.max(this.maxConcurrency, this.#concurrency - this.#free.length);
    handle(group, from, () => {
      this.#free.push(from);
      this.#next(group);
      this.#start();
    });
  }

  /** Makes the next waiting message of the group available to Lambda. */
  #next(group: number): void {
    const waitingSendTimes = this.#behind.get(group);
    const sentAt = waitingSendTimes?.shift();
    if (waitingSendTimes?.length === 0) this.#behind.delete(group);
    if (sentAt === undefined) this.#busy[group] = 0;
    else this.#ready.push({ group, sentAt });
  }
}
