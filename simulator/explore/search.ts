import type { Behavior } from './behaviors.ts';
import { canonicalKey } from './canonical.ts';
import { endingViolation, QUIET_TICK, quietTick } from './ending.ts';
import type { ExploredWorld } from './explored-world.ts';
import { stateViolation } from './safety.ts';
import { createStartWorld, STARTS, type Start } from './starts.ts';
import { successors } from './successors.ts';

export interface Counterexample {
  readonly behavior: string;
  readonly start: Start;
  /** The shortest history that violates a check, one sentence per disturbance. */
  readonly history: readonly string[];
  /** The description of the violated check. */
  readonly violation: string;
}

export interface Progress {
  readonly depth: number;
  readonly reached: number;
  /** The number of reached worlds with a new canonical key. */
  readonly distinct: number;
}

interface SearchNode {
  readonly key: string;
  readonly world: ExploredWorld;
  readonly start: Start;
  readonly history: History | undefined;
  /**
   * Whether the last step was an undisturbed tick. The check of the ending covers further undisturbed ticks.
   */
  readonly quiet: boolean;
}

/** A history as a linked list, so that worlds share their common beginning. */
interface History {
  readonly sentence: string;
  readonly before: History | undefined;
}

export interface SearchOptions {
  readonly depth: number;
  /** @default all */
  readonly starts?: readonly Start[];
  /** A field of the refresher's state to leave out of the canonical key. */
  readonly leaveOut?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Called for every reached world, also for one whose key is already known. */
  readonly onReached?: (key: string, world: ExploredWorld, history: () => readonly string[]) => Promise<void>;
}

/** Searches every history of at most `depth` disturbances, the shortest ones first. */
export async function search(
  behavior: Behavior,
  options: SearchOptions,
): Promise<Counterexample | undefined> {
  return new Search(behavior, options).run();
}

class Search {
  readonly #behavior: Behavior;
  readonly #options: SearchOptions;
  /** The keys of all reached worlds. */
  readonly #seen = new Set<string>();
  /** The keys of the worlds whose ending passed all checks. */
  readonly #passed = new Set<string>();
  /** The worlds by their number of disturbances. */
  readonly #layers: SearchNode[][];
  #reached = 0;
  /** A violation that was found at the last depth. A shorter history may still be found. */
  #longest: Counterexample | undefined;

  constructor(behavior: Behavior, options: SearchOptions) {
    this.#behavior = behavior;
    this.#options = options;
    this.#layers = Array.from({ length: options.depth + 1 }, () => []);
  }

  async run(): Promise<Counterexample | undefined> {
    const { starts = STARTS, onProgress } = this.#options;
    for (const start of starts) {
      const world = await createStartWorld(this.#behavior, start);
      await this.#add(0, { world, start, history: undefined, quiet: false });
    }
    for (const [depth, layer] of this.#layers.entries()) {
      for (const node of layer) {
        const found = (await this.#endingViolation(node)) ?? (await this.#expand(node, depth));
        if (found !== undefined) return found;
      }
      layer.length = 0;
      onProgress?.({ depth, reached: this.#reached, distinct: this.#seen.size });
    }
    return this.#longest;
  }

  /** Adds every world that is one step further. */
  async #expand(node: SearchNode, depth: number): Promise<Counterexample | undefined> {
    const { world, start, history, quiet } = node;
    if (!quiet && depth > 0) {
      const after = world.copy();
      await quietTick(after);
      const path = { sentence: QUIET_TICK, before: history };
      await this.#add(depth, { world: after, start, history: path, quiet: true });
    }
    for await (const next of successors(world, this.#options.depth - depth)) {
      const path = { sentence: next.sentence, before: history };
      if (next.violation !== undefined) return this.#counterexample(start, path, next.violation);
      await this.#add(depth + next.disturbances, { world: next.world, start, history: path, quiet: false });
    }
    return undefined;
  }

  /** Keeps a new world. A world of the last depth has no successors, so its ending is checked immediately. */
  async #add(depth: number, reached: Omit<SearchNode, 'key'>): Promise<void> {
    const { depth: most, leaveOut, onReached } = this.#options;
    this.#reached += 1;
    const node = { ...reached, key: canonicalKey(reached.world, leaveOut) };
    await onReached?.(node.key, node.world, () => sentencesOf(node.history));
    if (this.#seen.has(node.key)) return;
    this.#seen.add(node.key);
    if (depth < most) this.#layers[depth]?.push(node);
    else this.#longest ??= await this.#endingViolation(node);
  }

  async #endingViolation({ key, world, start, history }: SearchNode): Promise<Counterexample | undefined> {
    const hasPassed = (other: ExploredWorld) => this.#passed.has(canonicalKey(other, this.#options.leaveOut));
    const violation = stateViolation(world) ?? (await endingViolation(world, hasPassed));
    if (violation !== undefined) return this.#counterexample(start, history, violation);
    this.#passed.add(key);
    return undefined;
  }

  #counterexample(start: Start, history: History | undefined, violation: string): Counterexample {
    return { behavior: this.#behavior.name, start, history: sentencesOf(history), violation };
  }
}

function sentencesOf(last: History | undefined): string[] {
  const sentences: string[] = [];
  for (let each = last; each !== undefined; each = each.before) sentences.unshift(each.sentence);
  return sentences;
}
