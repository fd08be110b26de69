import { decide } from '../../lambdas/refresher/decide.ts';
import type { Ports, Refreshed } from '../../lambdas/refresher/ports.ts';
import { refresh } from '../../lambdas/refresher/refresh.ts';
import { timeLeft, troubleOf } from '../../lambdas/refresher/trouble.ts';
import type { Cause } from '../../lambdas/shared/message.ts';
import { formatState, NO_STATE, type State } from '../../lambdas/shared/state.ts';
import { AwsTrouble } from '../../lambdas/store/errors.ts';
import type { Store } from '../../lambdas/store/parameters.ts';
import { at } from './weather.ts';
import type { YearWorld } from './world.ts';

export interface Readings {
  readonly at: number;
  readonly headroom: number;
  readonly trouble: number;
  /** The day's issues are spent, which calls a person by design. */
  readonly budgetSpent: boolean;
}

/** One decision in words. */
export interface Told {
  readonly at: number;
  readonly text: string;
}

/** Our refresher: the real use case and decision, with stores in memory that fail as the weather says. */
export class Ours {
  readonly #world: YearWorld;
  readonly #ports: Ports;
  readonly readings: Readings[] = [];
  readonly decisions: Told[] = [];
  #state: State = NO_STATE;
  #token: string | undefined;
  #messages = 0;
  #idleTrouble = 0;

  /** @param trace whether decisions are kept */
  constructor(world: YearWorld, trace: boolean) {
    this.#world = world;
    const client = world.client();
    this.#ports = {
      store: this.#store(),
      secrets: {
        read: async () => {
          this.#meet('secret', 'read the secret');
          return world.secret;
        },
      },
      connect: () => client,
      clock: {
        now: () => world.now,
        sleepUntil: async (instant) => world.clock.set(Math.max(world.now, instant)),
      },
      report: ({ action, reason, outcome, brokerCode }) => {
        if (!trace || reason === 'Fresh') return;
        this.decisions.push({
          at: world.now,
          text: [action, reason, outcome, brokerCode].filter(Boolean).join(' '),
        });
      },
      beforeSleep: (soFar) => this.#measure(soFar),
    };
  }

  get state(): State {
    return this.#state;
  }

  /** @returns whether the message has to come again */
  async deliver(cause: Extract<Cause, 'schedule' | 'credentials-changed'>): Promise<boolean> {
    this.#messages += 1;
    const { config } = this.#world;
    const delivery = {
      message: { credential: config.id, cause },
      messageId: `message-${this.#messages}`,
      deadline: this.#world.now + Math.min(config.checkEverySeconds * 1000 + 150_000, 900_000),
    };
    try {
      const result = await refresh(delivery, this.#ports);
      this.#measure(result);
      return result.failure?.retry === true && cause !== 'schedule';
    } catch (error) {
      if (error instanceof AwsTrouble) return cause !== 'schedule';
      throw error;
    }
  }

  #measure({ config, state, decision, failure }: Refreshed): void {
    const { now } = this.#world;
    const { headroom } = timeLeft(state, decision, config.renewBeforeSeconds, now);
    const refused = failure === undefined ? 0 : failure.trouble.permanent ? 2 : 1;
    const trouble = Math.max(troubleOf(state, decision), refused);
    this.readings.push({ at: now, headroom, trouble, budgetSpent: decision.reason === 'BudgetSpent' });
  }

  /**
   * Until when every tick would find a living token and nothing to do, and what each would report.
   * From the real decision; undefined if the next tick has to be lived.
   */
  idleUntil(): number | undefined {
    const { config } = this.#world;
    const { contract } = this.#ports.connect(config);
    const facts = { config, contract, state: this.#state, message: { cause: 'schedule' } } as const;
    const decision = decide(facts, this.#world.now);
    this.#idleTrouble = troubleOf(this.#state, decision);
    return decision.action === 'keep' && decision.reason === 'Fresh' ? decision.until : undefined;
  }

  /** Reports what an idle tick at that time would; only until `idleUntil`. */
  idle(now: number): void {
    const expiresAt = this.#state.published?.expiresAt ?? now;
    this.readings.push({
      at: now,
      headroom: (expiresAt - now) / 1000,
      trouble: this.#idleTrouble,
      budgetSpent: false,
    });
  }

  #meet(kind: string, doing: string): void {
    if (at(this.#world.weather.aws, this.#world.now)?.kind !== kind) return;
    throw new AwsTrouble(doing, Object.assign(new Error('simulated'), { name: 'InternalServerError' }));
  }

  #store(): Store {
    const world = this.#world;
    return {
      read: async () => {
        this.#meet('read', 'read the parameters');
        return { config: world.config, state: this.#state };
      },
      readToken: async () => this.#token,
      writeToken: async (_credential, token) => {
        this.#meet('write-token', 'write the token');
        this.#token = token;
        world.publish(token);
        this.#meet('write-token-done', 'write the token');
      },
      writeState: async (_credential, state) => {
        this.#meet('write-state', 'write the state');
        this.#state = state;
        world.states.push({ at: world.now, text: formatState(state) });
      },
    };
  }
}
