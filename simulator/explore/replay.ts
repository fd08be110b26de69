import type { DecisionLine } from '../../lambdas/refresher/ports.ts';
import type { Behavior } from './behaviors.ts';
import { endingViolation, QUIET_TICK, QUIET_TICKS, runQuietTick } from './ending.ts';
import type { ExploredWorld } from './explored-world.ts';
import { stateViolation } from './safety.ts';
import { createStartWorld, type StartSituation } from './starts.ts';
import { MAX_FAULTS, type Successor, successors } from './successors.ts';

/**
 * Replays a sequence of faults and events, and then runs ticks without faults. @returns the log lines of each
 * step, and the description of a violated check @throws Error for an unknown step
 */
export async function replay(behavior: Behavior, start: StartSituation, history: readonly string[]) {
  let world = await createStartWorld(behavior, start);
  const steps: { readonly sentence: string; readonly lines: readonly DecisionLine[] }[] = [];
  for (const sentence of history) {
    const next = await followStep(world, sentence);
    world = next.world;
    steps.push({ sentence, lines: world.lines });
    if (next.violation !== undefined) return { steps, violation: next.violation };
  }
  const violation = stateViolation(world) ?? (await endingViolation(world));
  for (let tick = 0; tick < QUIET_TICKS; tick += 1) {
    ({ world } = await followStep(world, QUIET_TICK));
    steps.push({ sentence: QUIET_TICK, lines: world.lines });
  }
  return { steps, violation };
}

async function followStep(
  world: ExploredWorld,
  sentence: string,
): Promise<Pick<Successor, 'world' | 'violation'>> {
  if (sentence === QUIET_TICK) {
    const nextWorld = world.copy();
    await runQuietTick(nextWorld);
    return { world: nextWorld };
  }
  for await (const next of successors(world, MAX_FAULTS + 1)) if (next.sentence === sentence) return next;
  throw new Error(`"${sentence}" is not a possible step here`);
}
