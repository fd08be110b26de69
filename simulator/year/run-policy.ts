import { SESSION_PRESETS } from '../../lambdas/shared/sessions.ts';
import { activeAt, type FaultPlan } from './fault-model.ts';
import { type OtherPolicy, runOtherPolicy, type Unserved } from './policies.ts';
import type { Scenario } from './scenario.ts';
import { type LoggedDecision, type Readings, SimulatedRefresher } from './simulated-refresher.ts';
import { YearWorld } from './year-world.ts';

const MINUTE = 60_000;

/** Programs that issue on demand trade in these hours. */
const NXT = [SESSION_PRESETS.nxt];

export type Policy = 'ours' | OtherPolicy;

/** One life of one policy under one faults. */
export interface PolicyRun {
  readonly world: YearWorld;
  readonly readings: readonly Readings[];
  readonly unserved: Unserved;
  readonly decisions: readonly LoggedDecision[];
}

export interface RunOptions {
  /** Ticks that provably find nothing to do are not lived one by one. @default true */
  readonly skipIdle?: boolean;
  /** Decisions are kept. @default false */
  readonly trace?: boolean;
}

export async function runPolicy(
  scenario: Scenario,
  policy: Policy,
  faults: FaultPlan,
  options: RunOptions = {},
): Promise<PolicyRun> {
  const world = new YearWorld(scenario, faults);
  if (policy !== 'ours') {
    const unserved = await runOtherPolicy(policy, world, NXT);
    return { world, readings: [], unserved, decisions: [] };
  }
  const ours = new SimulatedRefresher(world, options.trace ?? false);
  await runRefresher(world, ours, options.skipIdle ?? true);
  return { world, readings: ours.readings, unserved: undefined, decisions: ours.decisions };
}

/** What happens beside the ticks. */
interface Happening {
  readonly at: number;
  readonly act: () => Promise<void>;
}

async function runRefresher(world: YearWorld, ours: SimulatedRefresher, skipIdle: boolean): Promise<void> {
  const { faults, config } = world;
  const interval = config.checkEverySeconds * 1000;
  const happenings = rotations(world, ours);
  let idleUntil = 0;
  let calmUntil = 0;
  for (let number = 0, due = faults.from; due < faults.to; number += 1, due += interval) {
    for (let next = happenings[0]; next !== undefined && next.at <= due; next = happenings[0]) {
      happenings.shift();
      reach(world, next.at);
      await next.act();
      idleUntil = 0;
    }
    const tickFault = faults.ticks.get(number);
    if (tickFault === 'lost') continue;
    if (due >= calmUntil) calmUntil = calmFrom(faults, due);
    if (skipIdle && tickFault === undefined && due < Math.min(idleUntil, calmUntil) && world.now <= due) {
      ours.idle(due);
      continue;
    }
    reach(world, (activeAt(faults.stalls, due)?.to ?? due) + (tickFault === 'late' ? 3 * MINUTE : 0));
    await ours.deliver('schedule');
    if (tickFault === 'twice') await ours.deliver('schedule');
    idleUntil = ours.idleUntil() ?? 0;
  }
  reach(world, faults.to);
}

/** Until when nothing of AWS goes wrong; `now` if something does. (The broker is not asked by an idle tick.) */
function calmFrom({ aws, stalls, to }: FaultPlan, now: number): number {
  const spans = [...aws, ...stalls];
  if (activeAt(spans, now) !== undefined) return now;
  return Math.min(to, ...spans.filter(({ from }) => from > now).map(({ from }) => from));
}

function reach(world: YearWorld, instant: number): void {
  world.clock.set(Math.max(world.now, instant));
}

/** Keys that the owner changes; a message that could not be handled comes again after 15 minutes. */
function rotations(world: YearWorld, ours: SimulatedRefresher): Happening[] {
  const tell = async (): Promise<void> => {
    for (let tries = 0; tries < 3 && (await ours.deliver('credentials-changed')); tries += 1)
      world.clock.advance(15 * MINUTE);
  };
  const happenings = world.faults.rotations.flatMap(({ at: instant, mistypedFor, silent }) => {
    const change = {
      at: instant,
      act: async () => {
        world.rotate(mistypedFor > 0);
        if (!silent) await tell();
      },
    };
    if (mistypedFor === 0) return [change];
    const correct = {
      at: instant + mistypedFor,
      act: async () => {
        world.correct();
        if (!silent) await tell();
      },
    };
    return [change, correct];
  });
  return happenings.sort((a, b) => a.at - b.at);
}
