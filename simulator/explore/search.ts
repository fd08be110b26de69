import { AwsError } from '../../lambdas/store/errors.ts';
import type { Behaviour } from './behaviours.ts';
import { canonical } from './canonical.ts';
import { CHANGES, FAULT_NAMES, FAULTS, LASTING, MESSAGES, type Message } from './disturbances.ts';
import { brokenEnding, brokenSafety, quietTick } from './properties.ts';
import { createWorld, ExploredWorld, Killed, type Outcome, type PortCall } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Tuesday, 21:00 in Seoul: outside of trading hours. */
const START = Date.parse('2026-11-24T21:00:00+09:00');
/** Twice the time-out of the function: a message whose function was killed is delivered again after it. */
const VISIBILITY = 15 * MINUTE;

export const STARTS = [
  'no token',
  'fresh',
  'before renewAt',
  'inside the margin',
  'before expiry',
  'expired',
] as const;
export type Start = (typeof STARTS)[number];

/** A fault of one call: the `nth` call of the delivery, counted over all ports. */
interface Fault {
  readonly nth: number;
  readonly call: PortCall;
  readonly outcome: Outcome;
}

export interface Counterexample {
  readonly behaviour: string;
  readonly start: Start;
  /** The shortest history as sentences. */
  readonly history: readonly string[];
  readonly broken: string;
}

export interface Progress {
  readonly behaviour: string;
  readonly start: Start;
  readonly depth: number;
  /** Worlds that were reached, and those that were not known. */
  readonly reached: number;
  readonly distinct: number;
}

interface Node {
  readonly world: ExploredWorld;
  readonly history: readonly string[];
  /** A quiet tick led here: a second one in a row leads to nothing that the ending does not show. */
  readonly quiet: boolean;
}

export interface SearchOptions {
  readonly depth: number;
  /** Faults in one delivery at most. */
  readonly faults?: number;
  readonly leaveOut?: string;
  readonly onProgress?: (progress: Progress) => void;
}

/** Searches every history of at most `depth` disturbances, shortest first. */
export async function search(
  behaviour: Behaviour,
  start: Start,
  options: SearchOptions,
): Promise<Counterexample | undefined> {
  const found = (history: readonly string[], broken: string): Counterexample => ({
    behaviour: behaviour.name,
    start,
    history,
    broken,
  });
  const known = new Set<string>();
  const layers: Node[][] = [[{ world: await worldAt(behaviour, start), history: [], quiet: false }]];
  let reached = 0;
  for (let depth = 0; depth <= options.depth; depth += 1) {
    for (const { world, history, quiet } of layers[depth] ?? []) {
      reached += 1;
      const key = canonical(world, options.leaveOut);
      if (known.has(key)) continue;
      known.add(key);
      const broken = await brokenEnding(world);
      if (broken !== undefined) return found(history, broken);
      if (!quiet && depth > 0 && depth < options.depth) {
        const after = world.copy();
        await quietTick(after);
        layers[depth]?.push({ world: after, history: [...history, 'a quiet tick'], quiet: true });
      }
      for await (const next of successors(world, options.depth - depth, options.faults ?? 2)) {
        const path = [...history, ...next.sentences];
        if (next.broken !== undefined) return found(path, next.broken);
        layers[depth + next.cost] ??= [];
        layers[depth + next.cost]?.push({ world: next.world, history: path, quiet: false });
      }
    }
    layers[depth] = [];
    options.onProgress?.({ behaviour: behaviour.name, start, depth, reached, distinct: known.size });
  }
  return undefined;
}

interface Successor {
  readonly world: ExploredWorld;
  readonly sentences: readonly string[];
  readonly cost: number;
  readonly broken?: string | undefined;
}

async function* successors(world: ExploredWorld, budget: number, faults: number): AsyncGenerator<Successor> {
  if (budget < 1) return;
  for (const { name, apply } of CHANGES) {
    const changed = world.copy();
    if (apply(changed)) yield { world: changed, sentences: [name], cost: 1 };
  }
  for (const [index, message] of MESSAGES.entries()) {
    const request = message.message(world);
    if (request === undefined) continue;
    yield* deliveries(world, message, index === 0 ? 0 : 1, budget, faults);
  }
}

/** One message with every choice of faults that the budget allows; a quiet tick is no successor. */
async function* deliveries(
  world: ExploredWorld,
  message: Message,
  messageCost: number,
  budget: number,
  most: number,
): AsyncGenerator<Successor> {
  const queue: (readonly Fault[])[] = [[]];
  for (let script = queue.shift(); script !== undefined; script = queue.shift()) {
    const { after, calls, broken } = await deliver(world, message, script);
    const cost = messageCost + script.length;
    if (cost > 0) {
      const sentences = [sentenceOf(message, script)];
      yield { world: after, sentences, cost, broken };
    }
    if (script.length >= most || cost >= budget) continue;
    const first = (script.at(-1)?.nth ?? -1) + 1;
    for (let nth = first; nth < calls.length; nth += 1) {
      const call = calls[nth] as PortCall;
      for (const outcome of FAULTS[call]) queue.push([...script, { nth, call, outcome }]);
    }
  }
}

function sentenceOf({ name }: Message, script: readonly Fault[]): string {
  const faults = script.map(({ nth, call, outcome }) => `${call} (call ${nth + 1}) ${FAULT_NAMES[outcome]}`);
  return faults.length === 0 ? name : `${name}; ${faults.join('; ')}`;
}

async function deliver(world: ExploredWorld, message: Message, script: readonly Fault[]) {
  const after = world.copy();
  const calls: PortCall[] = [];
  const lasting = new Map<PortCall, Outcome>();
  after.choose = (call) => {
    const fault = script.find(({ nth }) => nth === calls.length);
    calls.push(call);
    if (fault !== undefined && LASTING.has(fault.outcome)) lasting.set(call, fault.outcome);
    return lasting.get(call) ?? fault?.outcome ?? 'ok';
  };
  const request = message.message(after);
  const interval = after.state.config.checkEverySeconds * 1000;
  const next = after.state.now + interval;
  const id = after.nextId();
  let broken: string | undefined;
  try {
    if (request !== undefined) await after.deliver(request, id);
  } catch (error) {
    if (error instanceof Killed) {
      after.choose = () => 'ok';
      after.state.now += VISIBILITY;
      if (request !== undefined) await after.deliver(request, id);
    } else if (!(error instanceof AwsError)) broken = `the refresher threw ${String(error)}`;
  }
  after.state.now = Math.max(after.state.now, next);
  const pending = world.published.pending?.revoke !== undefined;
  const requested = pending || message.name.includes('revocation');
  broken ??= brokenSafety(world, after, requested, script.length > 0);
  return { after, calls, broken };
}

/** One of the six canonical worlds. */
export async function worldAt(behaviour: Behaviour, start: Start): Promise<ExploredWorld> {
  const world = new ExploredWorld(createWorld({ now: START, ...behaviour }));
  if (start === 'no token') return world;
  await quietTick(world);
  const { published } = world.published;
  if (published === undefined) throw new Error(`${behaviour.name}: no token was published`);
  const { renewAt, expiresAt } = published;
  const instants: Readonly<Record<Exclude<Start, 'no token'>, number>> = {
    fresh: world.state.now + HOUR,
    'before renewAt': renewAt - 2 * MINUTE,
    'inside the margin': (renewAt + expiresAt) / 2,
    'before expiry': expiresAt - 2 * MINUTE,
    expired: expiresAt + MINUTE,
  };
  world.state.now = instants[start];
  return world;
}
