import { decide } from '../../lambdas/decision/decide.ts';
import { storedFacts } from '../../lambdas/decision/facts.ts';
import { failureLevel, timeLeft } from '../../lambdas/decision/failure-level.ts';
import type { Ports, Refreshed } from '../../lambdas/refresher/ports.ts';
import { refresh } from '../../lambdas/refresher/refresh.ts';
import type { Cause } from '../../lambdas/shared/message.ts';
import { NO_STATE, type State } from '../../lambdas/shared/state.ts';
import { AwsError } from '../../lambdas/store/aws-error.ts';
import type { Store } from '../../lambdas/store/parameters.ts';
import { type Secrets, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import { activeAt } from './fault-model.ts';
import type { YearWorld } from './year-world.ts';

const TOKEN_KEY_ARN = 'arn:aws:kms:ap-northeast-2:123456789012:key/fake';

export interface Readings {
  readonly at: number;
  readonly headroom: number;
  readonly failureLevel: number;
  /** The issue budget of the day is spent: that alarm is intended. */
  readonly budgetSpent: boolean;
}

/** One log line of the refresher as text. */
export interface LoggedDecision {
  readonly at: number;
  readonly text: string;
}

/** The real use case and decision, with stores in memory that fail as the faults says. */
export class SimulatedRefresher {
  readonly #world: YearWorld;
  readonly #ports: Ports;
  readonly readings: Readings[] = [];
  readonly decisions: LoggedDecision[] = [];
  #state: State = NO_STATE;
  /** Versions of the token parameter; the first one has version 1. */
  readonly #tokens: string[] = [];
  #messages = 0;
  #idle = { from: 0, headroom: 0, failureLevel: 0 };

  /** @param trace whether decisions are kept */
  constructor(world: YearWorld, trace: boolean) {
    this.#world = world;
    const client = world.client();
    this.#ports = {
      store: this.#store(),
      secrets: this.#secrets(),
      connect: () => client,
      tokenKeyArn: TOKEN_KEY_ARN,
      clock: {
        now: () => world.now,
        sleepUntil: async (instant) => world.clock.set(Math.max(world.now, instant)),
      },
      log: ({ action, reason, outcome, verdict, brokerCode }) => {
        if (!trace || reason === 'Fresh') return;
        this.decisions.push({
          at: world.now,
          text: [action, reason, outcome, verdict, brokerCode].filter(Boolean).join(' '),
        });
      },
      beforeSleep: (soFar) => this.#measure(soFar),
    };
  }

  get state(): State {
    return this.#state;
  }

  /** @returns whether the queue delivers the message again */
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
      if (error instanceof AwsError) return cause !== 'schedule';
      throw error;
    }
  }

  #measure({ decision, headroom, failureLevel: level, failure }: Refreshed): void {
    const ofAws = failure === undefined ? 0 : failure.error.permanent ? 2 : 1;
    this.readings.push({
      at: this.#world.now,
      headroom,
      failureLevel: Math.max(level, ofAws),
      budgetSpent: decision.reason === 'BudgetSpent',
    });
  }

  /**
   * Until when every tick would decide `keep Fresh`, from the real decision; undefined if the next tick
   * must be run. The hourly check of the secret finds nothing, as the secret is the one in the state.
   */
  idleUntil(): number | undefined {
    const { config, now, secret } = this.#world;
    const { published } = this.#state;
    if (published?.tokenVersion !== this.#tokens.length) return undefined;
    if (published.issuedFor.secretVersion !== secret.version) return undefined;
    const { contract } = this.#ports.connect(config);
    const facts = storedFacts({ config, contract, state: this.#state }, now);
    const decision = decide({ ...facts, secretVersion: secret.version }, now);
    const { headroom } = timeLeft(facts, decision, now);
    this.#idle = { from: now, headroom, failureLevel: failureLevel(facts, decision, now) };
    return decision.action === 'keep' && decision.reason === 'Fresh' ? decision.until : undefined;
  }

  /** Reports what an idle tick at that time would; only until `idleUntil`. */
  idle(now: number): void {
    const { from, headroom, failureLevel: level } = this.#idle;
    this.readings.push({
      at: now,
      headroom: headroom - (now - from) / 1000,
      failureLevel: level,
      budgetSpent: false,
    });
  }

  #fail(kind: string, action: string): void {
    if (activeAt(this.#world.faults.aws, this.#world.now)?.kind !== kind) return;
    throw new AwsError(action, Object.assign(new Error('simulated'), { name: 'InternalServerError' }));
  }

  #store(): Store {
    const world = this.#world;
    return {
      read: async () => {
        this.#fail('read', 'read the parameters');
        return { config: world.config, state: this.#state, tokenVersion: this.#tokens.length || undefined };
      },
      readToken: async (_credential, version = this.#tokens.length) => {
        const value = this.#tokens[version - 1];
        return value === undefined ? undefined : { value, version };
      },
      writeToken: async (_credential, token) => {
        this.#fail('write-token', 'write the token');
        this.#tokens.push(token);
        world.publish(token);
        this.#fail('write-token-done', 'write the token');
        return this.#tokens.length;
      },
      writeState: async (_credential, state) => {
        this.#fail('write-state', 'write the state');
        this.#state = state;
        world.planned(state.generation, state.published?.renewAt ?? world.now);
        world.states.push({ at: world.now, state });
      },
    };
  }

  #secrets(): Secrets {
    const world = this.#world;
    return {
      read: async (_secretArn, _fields, version = world.secret.version) => {
        this.#fail('secret', 'read the secret');
        const key = world.secretVersions.get(version);
        if (key === undefined) throw new UnconfiguredError(`no version ${version}`);
        return { key, version };
      },
      currentVersion: async () => {
        this.#fail('secret', 'describe the secret');
        return world.secret.version;
      },
    };
  }
}
