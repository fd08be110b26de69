import type { Behavior } from './behaviors.ts';
import { canonicalKey } from './canonical.ts';
import { endingViolation, QUIET_TICK, runQuietTick } from './ending.ts';
import type { ExploredWorld } from './explored-world.ts';
import { stateViolation } from './safety.ts';
import { createStartWorld, START_SITUATIONS, type StartSituation } from './starts.ts';
import { successors } from './successors.ts';

export interface Counterexample {
  readonly behavior: string;
  readonly start: StartSituation;
  /** The shortest sequence that violates a check, with a sentence for each fault or event. */
  readonly history: readonly string[];
  /** The description of the violated check. */
  readonly violation: string;
}

export interface Progress {
  readonly depth: number;
  /** The number of reached simulation states. */
  readonly reached: number;
  /** The number of reached simulation states with different canonical keys. */
  readonly distinct: number;
}

interface SearchNode {
  readonly key: string;
  readonly world: ExploredWorld;
  readonly start: StartSituation;
  readonly history: History | undefined;
  /** The search adds no second tick without a fault, because `endingViolation` checks further ticks. */
  readonly endsWithQuietTick: boolean;
}

/** A sequence of steps as a linked list, so that sequences with the same first steps share these steps. */
interface History {
  readonly sentence: string;
  readonly before: History | undefined;
}

export interface SearchOptions {
  readonly depth: number;
  /** @default all */
  readonly starts?: readonly StartSituation[];
  /** A field of the refresher's state that the canonical key omits. */
  readonly omittedField?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** The search calls this function for every reached simulation state, even if its key is already known. */
  readonly onReached?: (key: string, world: ExploredWorld, history: () => readonly string[]) => Promise<void>;
}

/** Checks all sequences of at most `depth` faults and events, the shortest sequences first. */
export function search(behavior: Behavior, options: SearchOptions): Promise<Counterexample | undefined> {
  return new Search(behavior, options).run();
}

class Search {
  readonly #behavior: Behavior;
  readonly #options: SearchOptions;
  /** The canonical keys of all reached simulation states. */
  readonly #seen = new Set<string>();
  /** The canonical keys of the simulation states that passed all checks of `endingViolation`. */
  readonly #passed = new Set<string>();
  /** The simulation states to expand, by the number of preceding faults and events. */
  readonly #layers: SearchNode[][];
  #reached = 0;
  /** A violation at the maximum depth, which is reported if no shorter sequence violates a check. */
  #violationAtMaxDepth: Counterexample | undefined;

  constructor(behavior: Behavior, options: SearchOptions) {
    this.#behavior = behavior;
    this.#options = options;
    this.#layers = Array.from({ length: options.depth + 1 }, () => []);
  }

  async run(): Promise<Counterexample | undefined> {
    const { starts = START_SITUATIONS, onProgress } = this.#options;
    for (const start of starts) {
      const world = await createStartWorld(this.#behavior, start);
      await this.#add(0, { world, start, history: undefined, endsWithQuietTick: false });
    }
    for (const [depth, layer] of this.#layers.entries()) {
      for (const node of layer) {
        const found = (await this.#endingViolation(node)) ?? (await this.#expand(node, depth));
        if (found !== undefined) return found;
      }
      layer.length = 0;
      onProgress?.({ depth, reached: this.#reached, distinct: this.#seen.size });
    }
    return this.#violationAtMaxDepth;
  }

  /** Adds every simulation state that follows after one more step. */
  async #expand(node: SearchNode, depth: number): Promise<Counterexample | undefined> {
    const { world, start, history, endsWithQuietTick } = node;
    if (!endsWithQuietTick && depth > 0) {
      const after = world.copy();
      await runQuietTick(after);
      const path = { sentence: QUIET_TICK, before: history };
      await this.#add(depth, { world: after, start, history: path, endsWithQuietTick: true });
    }
    for await (const next of successors(world, this.#options.depth - depth)) {
      const path = { sentence: next.sentence, before: history };
      if (next.violation !== undefined) return this.#counterexample(start, path, next.violation);
      const reached = { world: next.world, start, history: path, endsWithQuietTick: false };
      await this.#add(depth + next.disturbances, reached);
    }
    return undefined;
  }

  /** Adds a simulation state with a new key. At the maximum depth, only checks the state. */
  async #add(depth: number, reached: Omit<SearchNode, 'key'>): Promise<void> {
    const { depth: most, omittedField, onReached } = this.#options;
    this.#reached += 1;
    const node = { ...reached, key: canonicalKey(reached.world, omittedField) };
    await onReached?.(node.key, node.world, () => sentencesOf(node.history));
    if (this.#seen.has(node.key)) return;
    this.#seen.add(node.key);
    if (depth < most) this.#layers[depth]?.push(node);
    else this.#violationAtMaxDepth ??= await this.#endingViolation(node);
  }

  async #endingViolation({ key, world, start, history }: SearchNode): Promise<Counterexample | undefined> {
    const hasPassed = (other: ExploredWorld) =>
      this.#passed.has(canonicalKey(other, this.#options.omittedField));
    const violation = stateViolation(world) ?? (await endingViolation(world, hasPassed));
    if (violation !== undefined) return this.#counterexample(start, history, violation);
    this.#passed.add(key);
    return undefined;
  }

  #counterexample(start: StartSituation, history: History | undefined, violation: string): Counterexample {
    return { behavior: this.#behavior.name, start, history: sentencesOf(history), violation };
  }
}

function sentencesOf(last: History | undefined): string[] {
  const sentences: string[] = [];
  for (let each = last; each !== undefined; each = each.before) sentences.unshift(each.sentence);
  return sentences;
}
