import { decide } from '../../lambdas/decision/decide.ts';
import { factsFromStore } from '../../lambdas/decision/facts.ts';
import { failureLevel, timeLeft } from '../../lambdas/decision/failure-level.ts';
import type { Ports, RefreshResult } from '../../lambdas/refresher/ports.ts';

import type { Cause } from '../../lambdas/shared/message.ts';
import { AwsError } from '../../lambdas/store/aws-error.ts';
import type { YearWorld } from './year-world.ts';

/** The metrics of one tick. */
export interface TickMetrics {
  readonly at: number;
  /** Seconds. */
  readonly headroom: number;
  readonly failureLevel: number;
  /**
   * Whether the daily budget of issue calls is spent. An alarm while the budget is spent is not a false
   * alarm.
   */
  readonly budgetSpent: boolean;
}

/** A decision that the refresher logged. */
export interface LoggedDecision {
  readonly at: number;
  readonly text: string;
}

/** Runs the code of the refresher in a simulated year, and records the metrics that each tick reports. */
export class SimulatedRefresher {
  readonly readings: TickMetrics[] = [];
  readonly decisions: LoggedDecision[] = [];
  readonly #world: YearWorld;
  readonly #ports: Ports;

  #idle = { from: 0, headroom: 0, failureLevel: 0 };

  /** @param trace whether to record the decisions of the refresher */
  constructor(world: YearWorld, trace: boolean) {
    this.#world = world;
    this.#ports = {
      ...world.ports(),
      log: ({ action, reason, outcome, verdict, brokerCode }) => {
        if (!trace || reason === 'Fresh') return;
        const text = [action, reason, outcome, verdict, brokerCode].filter(Boolean).join(' ');
        this.decisions.push({ at: world.now, text });
      },
      beforeSleep: (soFar) => this.#report(soFar),
    };
  }

  /** @returns whether the queue delivers the message again */
  async deliver(cause: Extract<Cause, 'schedule' | 'credentials-changed'>): Promise<boolean> {
    try {
      const { world } = this.#world;
      const result = await world.deliver({ cause }, world.nextId(), this.#ports);
      this.#report(result);
      return result.failure?.retry === true && cause !== 'schedule';
    } catch (error) {
      if (error instanceof AwsError) return cause !== 'schedule';
      throw error;
    }
  }

  /**
   * Returns the instant until which every tick decides `keep Fresh`, or undefined if the simulation must not
   * skip the next tick.
   * The hourly check of the secret finds no change before this instant, because the state names the current
   * version of the secret.
   */
  idleUntil(): number | undefined {
    const { config, now, secretVersion, world } = this.#world;
    const state = world.published;
    const { published } = state;
    if (published?.tokenVersion !== world.state.token?.version) return undefined;
    if (published?.issuedFor.secretVersion !== secretVersion) return undefined;
    const { contract } = this.#ports.connect(config);
    const facts = factsFromStore({ config, contract, state }, now);
    const decision = decide({ ...facts, secretVersion }, now);
    const { headroom } = timeLeft(facts, decision, now);
    this.#idle = { from: now, headroom, failureLevel: failureLevel(facts, decision, now) };
    return decision.action === 'keep' && decision.reason === 'Fresh' ? decision.until : undefined;
  }

  /**
   * Records the metrics of a tick without running the refresher. `now` must be earlier than the instant that
   * `idleUntil` returned.
   */
  recordIdleTick(now: number): void {
    const { from, headroom, failureLevel: level } = this.#idle;
    this.readings.push({
      at: now,
      headroom: headroom - (now - from) / 1000,
      failureLevel: level,
      budgetSpent: false,
    });
  }

  #report({ decision, headroom, failureLevel: level, failure }: RefreshResult): void {
    const levelOfAwsFailure = failure?.error.permanent ? 2 : 1;
    this.readings.push({
      at: this.#world.now,
      headroom,
      failureLevel: failure === undefined ? level : Math.max(level, levelOfAwsFailure),
      budgetSpent: decision.reason === 'BudgetSpent',
    });
  }
}
