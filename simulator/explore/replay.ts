import type { DecisionLine } from '../../lambdas/refresher/ports.ts';
import type { Behavior } from './behaviors.ts';
import { brokenEnding, QUIET_TICK, QUIET_TICKS, quietTick } from './ending.ts';
import type { ExploredWorld } from './explored-world.ts';
import { brokenState } from './safety.ts';
import { type Start, worldAt } from './starts.ts';
import { MOST_FAULTS, type Successor, successors } from './successors.ts';

/** What one step of a replayed history did. */
export interface ReplayedStep {
  readonly sentence: string;
  /** Decisions and results, as the refresher logs them. */
  readonly lines: readonly DecisionLine[];
}

/** Runs one history again, then the quiet ticks. @throws Error if a sentence is not possible there */
export async function replay(
  behavior: Behavior,
  start: Start,
  history: readonly string[],
): Promise<{ readonly steps: readonly ReplayedStep[]; readonly broken: string | undefined }> {
  let world = await worldAt(behavior, start);
  const steps: ReplayedStep[] = [];
  for (const sentence of history) {
    const next = await follow(world, sentence);
    world = next.world;
    steps.push({ sentence, lines: world.lines });
    if (next.broken !== undefined) return { steps, broken: next.broken };
  }
  const broken = brokenState(world) ?? (await brokenEnding(world));
  for (let tick = 0; tick < QUIET_TICKS; tick += 1) {
    world = await follow(world, QUIET_TICK).then((next) => next.world);
    steps.push({ sentence: QUIET_TICK, lines: world.lines });
  }
  return { steps, broken };
}

async function follow(world: ExploredWorld, sentence: string): Promise<Pick<Successor, 'world' | 'broken'>> {
  if (sentence === QUIET_TICK) {
    const after = world.copy();
    await quietTick(after);
    return { world: after };
  }
  for await (const next of successors(world, MOST_FAULTS + 1)) if (next.sentence === sentence) return next;
  throw new Error(`"${sentence}" cannot happen here`);
}
