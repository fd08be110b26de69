import type { AppKey } from '../../lambdas/brokers/broker.ts';
import type { RefreshResult } from '../../lambdas/refresher/ports.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import {
  createWorld,
  ExploredWorld,
  secretText,
  type WorldOptions,
} from '../../simulator/explore/explored-world.ts';
import { storeSecret } from '../lambdas/refresher/world-harness.ts';

const HOUR = 3_600_000;
/** Tuesday, 21:00 in Seoul, outside of trading hours. */
const START = Date.parse('2026-11-24T21:00:00+09:00');

/** The ways in which the brokers may issue tokens. */
export const BROKER_BEHAVIORS = [
  ['KIS', { broker: 'kis' }],
  ['Kiwoom, same token', { broker: 'kiwoom' }],
  ['Kiwoom, supersede', { broker: 'kiwoom', options: { reissue: 'supersede' } }],
] as const;

type MessageWithoutCredential = InboxMessage extends infer Each
  ? Each extends InboxMessage
    ? Omit<Each, 'credential'>
    : never
  : never;

/** Simulates the refresher for one credential, with a tick every five minutes. */
export class History {
  readonly world: ExploredWorld;
  readonly results: RefreshResult[] = [];

  private constructor(options: Omit<WorldOptions, 'now'>) {
    this.world = new ExploredWorld(createWorld({ now: START, ...options }));
  }

  /** Returns a simulation whose first token was published `hours` hours ago. */
  static async started(options: Omit<WorldOptions, 'now'>, hours = 0): Promise<History> {
    const history = new History(options);
    await history.ticks(1);
    await history.hours(hours);
    return history;
  }

  get published() {
    return this.world.published.published;
  }

  /** The failure level after the last message. */
  get level(): number | undefined {
    return this.results.at(-1)?.failureLevel;
  }

  get isLive(): boolean {
    return this.world.isTokenLive;
  }

  /** The number of issue calls that the broker received. */
  get issueCalls(): number {
    return this.world.broker().count('issue');
  }

  async send(message: MessageWithoutCredential): Promise<RefreshResult> {
    const result = await this.world.deliver(message);
    this.results.push(result);
    return result;
  }

  /** Runs ticks at intervals of five minutes, and returns the failure level after each tick. */
  async ticks(count: number): Promise<number[]> {
    const levels: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const next = this.world.state.now + this.world.state.config.checkEverySeconds * 1000;
      levels.push((await this.send({ cause: 'schedule' })).failureLevel);
      this.world.state.now = Math.max(next, this.world.state.now);
    }
    return levels;
  }

  hours(count: number): Promise<number[]> {
    return this.ticks((count * HOUR) / (this.world.state.config.checkEverySeconds * 1000));
  }

  /** Stores the app key as a version of the secret, and makes this version the current one. */
  storeSecret(version: string, key: AppKey): void {
    storeSecret(this.world, version, secretText(this.world.state.config.broker, key));
  }

  report(): Promise<RefreshResult> {
    return this.send({ cause: 'rejected', generation: this.world.published.generation });
  }
}
