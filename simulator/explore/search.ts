import type { Behavior } from './behaviors.ts';
import { canonical } from './canonical.ts';
import { brokenEnding, QUIET_TICK, quietTick } from './ending.ts';
import type { ExploredWorld } from './explored-world.ts';
import { brokenState } from './safety.ts';
import { STARTS, type Start, worldAt } from './starts.ts';
import { successors } from './successors.ts';

export interface Counterexample {
  readonly behavior: string;
  readonly start: Start;
  /** The shortest history as sentences. */
  readonly history: readonly string[];
  readonly broken: string;
}

export interface Progress {
  readonly behavior: string;
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
  /** Whether the last step was a quiet tick. A second one is not explored: the check of the ending covers it. */
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
  behavior: Behavior,
  options: SearchOptions,
): Promise<Counterexample | undefined> {
  return new Search(behavior, options).run();
}

class Search {
  readonly #behavior: Behavior;
  readonly #options: SearchOptions;
  /** Keys of the worlds that were reached, and of those whose ending is good. */
  readonly #seen = new Set<string>();
  readonly #good = new Set<string>();
  /** Worlds by the number of disturbances that led to them. */
  readonly #layers: Node[][];
  #reached = 0;
  /** A bad ending at the last depth. A shorter history may still be found. */
  #longest: Counterexample | undefined;

  constructor(behavior: Behavior, options: SearchOptions) {
    this.#behavior = behavior;
    this.#options = options;
    this.#layers = Array.from({ length: options.depth + 1 }, () => []);
  }

  async run(): Promise<Counterexample | undefined> {
    const { starts = STARTS, onProgress } = this.#options;
    for (const start of starts) {
      const world = await worldAt(this.#behavior, start);
      await this.#add(0, { world, start, history: undefined, quiet: false });
    }
    for (const [depth, layer] of this.#layers.entries()) {
      for (const node of layer) {
        const bad = (await this.#badEnding(node)) ?? (await this.#expand(node, depth));
        if (bad !== undefined) return bad;
      }
      layer.length = 0;
      const { name } = this.#behavior;
      onProgress?.({ behavior: name, depth, reached: this.#reached, distinct: this.#seen.size });
    }
    return this.#longest;
  }

  /** Adds every world that one more step leads to. */
  async #expand(node: Node, depth: number): Promise<Counterexample | undefined> {
    const { world, start, history, quiet } = node;
    if (!quiet && depth > 0) {
      const after = world.copy();
      await quietTick(after);
      const path = { sentence: QUIET_TICK, before: history };
      await this.#add(depth, { world: after, start, history: path, quiet: true });
    }
    for await (const next of successors(world, this.#options.depth - depth)) {
      const path = { sentence: next.sentence, before: history };
      if (next.broken !== undefined) return this.#counterexample(start, path, next.broken);
      await this.#add(depth + next.cost, { world: next.world, start, history: path, quiet: false });
    }
    return undefined;
  }

  /** Keeps a world that is new. At the last depth it has no successors, so it is judged at once instead. */
  async #add(depth: number, reached: Omit<Node, 'key'>): Promise<void> {
    const { depth: most, leaveOut, onReached } = this.#options;
    this.#reached += 1;
    const node = { ...reached, key: canonical(reached.world, leaveOut) };
    await onReached?.(node.key, node.world, () => sentencesOf(node.history));
    if (this.#seen.has(node.key)) return;
    this.#seen.add(node.key);
    if (depth < most) this.#layers[depth]?.push(node);
    else this.#longest ??= await this.#badEnding(node);
  }

  async #badEnding({ key, world, start, history }: Node): Promise<Counterexample | undefined> {
    const isGood = (other: ExploredWorld) => this.#good.has(canonical(other, this.#options.leaveOut));
    const broken = brokenState(world) ?? (await brokenEnding(world, isGood));
    if (broken !== undefined) return this.#counterexample(start, history, broken);
    this.#good.add(key);
    return undefined;
  }

  #counterexample(start: Start, history: History | undefined, broken: string): Counterexample {
    return { behavior: this.#behavior.name, start, history: sentencesOf(history), broken };
  }
}

function sentencesOf(last: History | undefined): string[] {
  const sentences: string[] = [];
  for (let each = last; each !== undefined; each = each.before) sentences.unshift(each.sentence);
  return sentences;
}
