import { failureLevel, timeLeft } from '../../lambdas/decision/failure-level.ts';
import type { Ports, RefreshResult } from '../../lambdas/refresher/ports.ts';
import { AwsError } from '../../lambdas/store/aws-error.ts';
import { findIdlePeriod } from '../explore/idle-ticks.ts';
import { Timeline } from '../timeline.ts';
import { type FaultPlan, findActiveFault, type Span } from './fault-model.ts';
import { OTHER_POLICIES } from './policies.ts';
import type { Scenario } from './scenario.ts';
import { YearWorld } from './year-world.ts';

const MINUTE = 60_000;
/** The visibility timeout of the queue, after which SQS redelivers a failed message, in milliseconds. */
const VISIBILITY_TIMEOUT = 15 * MINUTE;
const MAX_DELIVERIES = 3;

export type Policy = 'refresher' | keyof typeof OTHER_POLICIES;

/** The metrics of one tick. */
export interface TickMetrics {
  readonly at: number;
  /** Seconds. */
  readonly headroom: number;
  readonly failureLevel: number;
  /** Whether the daily budget of issue calls is spent, which makes an alarm justified. */
  readonly budgetSpent: boolean;
}

/** The result of the simulation of one policy with one fault plan. */
export interface PolicyRun {
  readonly world: YearWorld;
  readonly readings: readonly TickMetrics[];
  /** The periods in which a program had no live token; absent for a policy that publishes its tokens. */
  readonly periodsWithoutToken?: readonly Span[] | undefined;
  /** The decisions that the refresher logged. */
  readonly decisions: readonly { readonly at: number; readonly text: string }[];
}

export interface RunOptions {
  /** Whether to skip ticks in which the refresher would change nothing. @default true */
  readonly skipIdle?: boolean;
  /** Whether to record the decisions of the refresher. @default false */
  readonly keepDecisions?: boolean;
}

export async function runPolicy(
  scenario: Scenario,
  policy: Policy,
  faults: FaultPlan,
  options: RunOptions = {},
): Promise<PolicyRun> {
  const world = new YearWorld(scenario, faults);
  if (policy === 'refresher') return new RefresherRun(world, options).run();
  const periodsWithoutToken = await OTHER_POLICIES[policy](world);
  return { world, readings: [], periodsWithoutToken, decisions: [] };
}

/** Simulates the ticks and the key rotations of one credential, and records the metrics of each tick. */
class RefresherRun implements PolicyRun {
  readonly world: YearWorld;
  readonly readings: TickMetrics[] = [];
  readonly decisions: PolicyRun['decisions'][number][] = [];
  readonly #skipIdle: boolean;
  readonly #ports: Ports;
  readonly #timeline: Timeline;
  /** The period in which ticks change nothing, with the metrics of its first tick. */
  #idle = { from: 0, until: 0, headroom: 0, failureLevel: 0 };
  #nextFaultAt = 0;

  constructor(world: YearWorld, { skipIdle = true, keepDecisions = false }: RunOptions) {
    this.world = world;
    this.#skipIdle = skipIdle;
    this.#timeline = new Timeline(world.faults.from);
    this.#ports = {
      ...world.ports(),
      log: ({ action, reason, outcome, verdict, brokerCode }) => {
        if (!keepDecisions || reason === 'Fresh') return;
        const text = [action, reason, outcome, verdict, brokerCode].filter(Boolean).join(' ');
        this.decisions.push({ at: world.state.now, text });
      },
      beforeSleep: (soFar) => this.#report(soFar),
    };
  }

  async run(): Promise<PolicyRun> {
    const { from, to } = this.world.faults;
    this.#planRotations();
    this.#planTick(0, from);
    await this.#timeline.run(to);
    this.world.advanceTo(to);
    return this;
  }

  #planTick(number: number, due: number): void {
    const { faults, state } = this.world;
    if (due >= faults.to) return;
    this.#timeline.plan(due, () => {
      this.#planTick(number + 1, due + state.config.checkEverySeconds * 1000);
      return this.#tick(number, due);
    });
  }

  #tick(number: number, due: number): Promise<void> | undefined {
    const { faults, state } = this.world;
    const fault = faults.ticks.get(number);
    if (fault === 'lost') return undefined;
    if (due >= this.#nextFaultAt) this.#nextFaultAt = nextFaultAfter(faults, due);
    const isIdle = due < Math.min(this.#idle.until, this.#nextFaultAt) && state.now <= due;
    if (!this.#skipIdle || fault !== undefined || !isIdle) return this.#deliverTick(due, fault);
    const { from, headroom, failureLevel: level } = this.#idle;
    const headroomAtDue = headroom - (due - from) / 1000;
    this.readings.push({ at: due, headroom: headroomAtDue, failureLevel: level, budgetSpent: false });
    return undefined;
  }

  async #deliverTick(due: number, fault: 'late' | 'twice' | undefined): Promise<void> {
    const { world } = this;
    const start = findActiveFault(world.faults.deliveryStalls, due)?.to ?? due;
    world.advanceTo(start + (fault === 'late' ? 3 * MINUTE : 0));
    await this.#deliver('schedule');
    if (fault === 'twice') await this.#deliver('schedule');
    this.#idle.until = 0;
    const idlePeriod = findIdlePeriod(world);
    if (idlePeriod === undefined) return;
    const { facts, decision, until } = idlePeriod;
    const { now } = world.state;
    const { headroom } = timeLeft(facts, decision, now);
    this.#idle = { from: now, until, headroom, failureLevel: failureLevel(facts, decision, now) };
  }

  /** @returns whether the queue delivers the message again */
  async #deliver(cause: 'schedule' | 'credentials-changed'): Promise<boolean> {
    try {
      const result = await this.world.deliver({ cause }, this.world.nextId(), this.#ports);
      this.#report(result);
      return result.failure?.retry === true && cause !== 'schedule';
    } catch (error) {
      if (error instanceof AwsError) return cause !== 'schedule';
      throw error;
    }
  }

  #report({ decision, headroom, failureLevel: level, failure }: RefreshResult): void {
    const levelOfAwsFailure = failure?.error.permanent ? 2 : 1;
    this.readings.push({
      at: this.world.state.now,
      headroom,
      failureLevel: failure === undefined ? level : Math.max(level, levelOfAwsFailure),
      budgetSpent: decision.reason === 'BudgetSpent',
    });
  }

  /** Plans the key rotations by the owner, and the later correction of each mistyped key. */
  #planRotations(): void {
    for (const { at, mistypedFor, isEventLost } of this.world.faults.rotations) {
      this.#planKeyChange(at, isEventLost, () => this.world.rotateKey(mistypedFor > 0));
      if (mistypedFor > 0) this.#planKeyChange(at + mistypedFor, isEventLost, () => this.world.correctKey());
    }
  }

  #planKeyChange(at: number, isEventLost: boolean, change: () => void): void {
    const { world } = this;
    this.#timeline.plan(at, async () => {
      world.advanceTo(at);
      change();
      this.#idle.until = 0;
      for (let tries = 0; !isEventLost && tries < MAX_DELIVERIES; tries += 1) {
        if (!(await this.#deliver('credentials-changed'))) return;
        world.advanceTo(world.state.now + VISIBILITY_TIMEOUT);
      }
    });
  }
}

/**
 * Returns `now` if an AWS fault or a delivery stall is active, otherwise the start of the next one. Ignores
 * broker outages, because an idle tick does not call the broker.
 */
function nextFaultAfter({ aws, deliveryStalls, to }: FaultPlan, now: number): number {
  const spans = [...aws, ...deliveryStalls];
  if (findActiveFault(spans, now) !== undefined) return now;
  return Math.min(to, ...spans.filter(({ from }) => from > now).map(({ from }) => from));
}
