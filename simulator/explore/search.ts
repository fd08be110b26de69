import type { Behaviour } from './behaviours.ts';
import { canonical } from './canonical.ts';
import { brokenEnding, QUIET_TICK, quietTick } from './ending.ts';
import type { ExploredWorld } from './explored-world.ts';
import { brokenState } from './safety.ts';
import { STARTS, type Start, worldAt } from './starts.ts';
import { successors } from './successors.ts';

export interface Counterexample {
  readonly behaviour: string;
  readonly start: Start;
  /** The shortest history as sentences. */
  readonly history: readonly string[];
  readonly broken: string;
}

export interface Progress {
  readonly behaviour: string;
  readonly depth: number;
  /** Worlds that were reached, and those that were not known. */
  readonly reached: number;
  readonly distinct: number;
}

interface Node {
  readonly key: string;
  readonly world: ExploredWorld;
  readonly start: Start;
  readonly history: History | undefined;
  /** A quiet tick led here: a second one in a row leads to nothing that the ending does not show. */
  readonly quiet: boolean;
}

/** The last sentence of a history, and what came before it. */
interface History {
  readonly sentence: string;
  readonly before: History | undefined;
}

export interface SearchOptions {
  readonly depth: number;
  /** @default all */
  readonly starts?: readonly Start[];
  readonly leaveOut?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Every world that is reached, known or not, with its key. */
  readonly onReached?: (key: string, world: ExploredWorld, history: () => readonly string[]) => Promise<void>;
}

/** Searches every history of at most `depth` disturbances, shortest first. */
export async function search(
  behaviour: Behaviour,
  { depth: most, starts = STARTS, leaveOut, onProgress, onReached }: SearchOptions,
): Promise<Counterexample | undefined> {
  /** Worlds that were reached, and those of them whose ending is good. */
  const seen = new Set<string>();
  const good = new Set<string>();
  const isGood = (world: ExploredWorld) => good.has(canonical(world, leaveOut));
  const layers: Node[][] = Array.from({ length: most + 1 }, () => []);
  let reached = 0;
  /** A bad ending at the last depth: one of a shorter history may follow. */
  let longest: Counterexample | undefined;

  const endsBadly = async ({ key, world, start, history }: Node): Promise<Counterexample | undefined> => {
    const broken = brokenState(world) ?? (await brokenEnding(world, isGood));
    if (broken !== undefined)
      return { behaviour: behaviour.name, start, history: sentencesOf(history), broken };
    good.add(key);
    return undefined;
  };
  /** Worlds at the last depth have no successors: they are judged at once and not kept. */
  const add = async (depth: number, reachedNode: Omit<Node, 'key'>): Promise<void> => {
    reached += 1;
    const node = { ...reachedNode, key: canonical(reachedNode.world, leaveOut) };
    await onReached?.(node.key, node.world, () => sentencesOf(node.history));
    if (seen.has(node.key)) return;
    seen.add(node.key);
    if (depth < most) layers[depth]?.push(node);
    else longest ??= await endsBadly(node);
  };

  for (const start of starts)
    await add(0, { world: await worldAt(behaviour, start), start, history: undefined, quiet: false });
  for (const [depth, layer] of layers.entries()) {
    for (const node of layer) {
      const bad = await endsBadly(node);
      if (bad !== undefined) return bad;
      const { world, start, history, quiet } = node;
      if (!quiet && depth > 0) {
        const after = world.copy();
        await quietTick(after);
        await add(depth, {
          world: after,
          start,
          history: { sentence: QUIET_TICK, before: history },
          quiet: true,
        });
      }
      for await (const next of successors(world, most - depth)) {
        const path = { sentence: next.sentence, before: history };
        if (next.broken !== undefined)
          return { behaviour: behaviour.name, start, history: sentencesOf(path), broken: next.broken };
        await add(depth + next.cost, { world: next.world, start, history: path, quiet: false });
      }
    }
    layer.length = 0;
    onProgress?.({ behaviour: behaviour.name, depth, reached, distinct: seen.size });
  }
  return longest;
}

function sentencesOf(last: History | undefined): string[] {
  const sentences: string[] = [];
  for (let each = last; each !== undefined; each = each.before) sentences.unshift(each.sentence);
  return sentences;
}
