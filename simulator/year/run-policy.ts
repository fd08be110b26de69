import { SESSION_PRESETS } from '../../lambdas/shared/sessions.ts';
import { Timeline } from '../timeline.ts';
import { type FaultPlan, findActiveFault } from './fault-model.ts';
import { type OtherPolicy, type PeriodsWithoutToken, runOtherPolicy } from './policies.ts';
import type { Scenario } from './scenario.ts';
import { type LoggedDecision, SimulatedRefresher, type TickMetrics } from './simulated-refresher.ts';
import { YearWorld } from './year-world.ts';

const MINUTE = 60_000;
/** The visibility timeout of the queue, after which SQS redelivers a failed message, in milliseconds. */
const VISIBILITY_TIMEOUT = 15 * MINUTE;
const MAX_DELIVERIES = 3;

/** The hours in which programs with an on-demand policy use a token. */
const ON_DEMAND_SESSIONS = [SESSION_PRESETS.nxt];

export type Policy = 'refresher' | OtherPolicy;

/** The result of the simulation of one policy with one fault plan. */
export interface PolicyRun {
  readonly world: YearWorld;
  readonly readings: readonly TickMetrics[];
  readonly periodsWithoutToken: PeriodsWithoutToken;
  readonly decisions: readonly LoggedDecision[];
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
  { skipIdle = true, keepDecisions = false }: RunOptions = {},
): Promise<PolicyRun> {
  const world = new YearWorld(scenario, faults);
  if (policy !== 'refresher') {
    const periodsWithoutToken = await runOtherPolicy(policy, world, ON_DEMAND_SESSIONS);
    return { world, readings: [], periodsWithoutToken, decisions: [] };
  }
  const refresher = new SimulatedRefresher(world, keepDecisions);
  await new RefresherPolicy(world, refresher, skipIdle).run();
  return {
    world,
    readings: refresher.readings,
    periodsWithoutToken: undefined,
    decisions: refresher.decisions,
  };
}

/** Simulates the ticks and the key rotations of one credential. */
class RefresherPolicy {
  readonly #world: YearWorld;
  readonly #refresher: SimulatedRefresher;
  readonly #skipIdle: boolean;
  readonly #timeline: Timeline;
  #idleUntil = 0;
  #nextFaultAt = 0;

  constructor(world: YearWorld, refresher: SimulatedRefresher, skipIdle: boolean) {
    this.#world = world;
    this.#refresher = refresher;
    this.#skipIdle = skipIdle;
    this.#timeline = new Timeline(world.faults.from);
  }

  async run(): Promise<void> {
    const { from, to } = this.#world.faults;
    this.#planRotations();
    this.#planTick(0, from);
    await this.#timeline.run(to);
    this.#world.advanceTo(to);
  }

  #planTick(number: number, due: number): void {
    const { faults, config } = this.#world;
    if (due >= faults.to) return;
    this.#timeline.plan(due, () => {
      this.#planTick(number + 1, due + config.checkEverySeconds * 1000);
      return this.#tick(number, due);
    });
  }

  #tick(number: number, due: number): Promise<void> | undefined {
    const { faults } = this.#world;
    const fault = faults.ticks.get(number);
    if (fault === 'lost') return undefined;
    if (due >= this.#nextFaultAt) this.#nextFaultAt = nextFaultAfter(faults, due);
    const isIdle = due < Math.min(this.#idleUntil, this.#nextFaultAt) && this.#world.now <= due;
    if (!this.#skipIdle || fault !== undefined || !isIdle) return this.#deliver(due, fault);
    this.#refresher.recordIdleTick(due);
    return undefined;
  }

  async #deliver(due: number, fault: 'late' | 'twice' | undefined): Promise<void> {
    const { faults } = this.#world;
    const start = findActiveFault(faults.deliveryStalls, due)?.to ?? due;
    this.#world.advanceTo(start + (fault === 'late' ? 3 * MINUTE : 0));
    await this.#refresher.deliver('schedule');
    if (fault === 'twice') await this.#refresher.deliver('schedule');
    this.#idleUntil = this.#refresher.idleUntil() ?? 0;
  }

  /** Plans the key rotations by the owner, and the later correction of each mistyped key. */
  #planRotations(): void {
    for (const { at, mistypedFor, isEventLost } of this.#world.faults.rotations) {
      this.#planKeyChange(at, isEventLost, () => this.#world.rotateKey(mistypedFor > 0));
      if (mistypedFor > 0) this.#planKeyChange(at + mistypedFor, isEventLost, () => this.#world.correctKey());
    }
  }

  #planKeyChange(at: number, isSilent: boolean, change: () => void): void {
    this.#timeline.plan(at, async () => {
      this.#world.advanceTo(at);
      change();
      this.#idleUntil = 0;
      for (let tries = 0; !isSilent && tries < MAX_DELIVERIES; tries += 1) {
        if (!(await this.#refresher.deliver('credentials-changed'))) return;
        this.#world.advanceTo(this.#world.now + VISIBILITY_TIMEOUT);
      }
    });
  }
}

/**
 * Returns `now` if an AWS fault or a delivery stall is active, otherwise the start of the next AWS fault or
 * delivery stall.
 * The function ignores broker outages, because an idle tick does not call the broker.
 */
function nextFaultAfter({ aws, deliveryStalls: stalls, to }: FaultPlan, now: number): number {
  const spans = [...aws, ...stalls];
  if (findActiveFault(spans, now) !== undefined) return now;
  return Math.min(to, ...spans.filter(({ from }) => from > now).map(({ from }) => from));
}
