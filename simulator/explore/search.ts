import type { DecisionLine } from '../../lambdas/refresher/ports.ts';
import { AwsError } from '../../lambdas/store/errors.ts';
import type { Behaviour } from './behaviours.ts';
import { canonical } from './canonical.ts';
import { CHANGES, FAULT_NAMES, FAULTS, LASTING, MESSAGES, type Message } from './disturbances.ts';
import { brokenEnding, brokenSafety, brokenState, QUIET_TICKS, quietTick } from './properties.ts';
import { createWorld, ExploredWorld, Killed, type Outcome, type PortCall } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Faults in one delivery. */
const MOST_FAULTS = 2;
const QUIET_TICK = 'a quiet tick';
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
  /** Faults in one delivery at most. */
  readonly faults?: number;
  readonly leaveOut?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Every world that is reached, known or not, with its key. */
  readonly onReached?: (key: string, world: ExploredWorld, history: () => readonly string[]) => Promise<void>;
}

/** Searches every history of at most `depth` disturbances, shortest first. */
export async function search(
  behaviour: Behaviour,
  { depth: most, starts = STARTS, faults = MOST_FAULTS, leaveOut, onProgress, onReached }: SearchOptions,
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
      for await (const next of successors(world, most - depth, faults)) {
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

/** What one step of a replayed history did. */
export interface ReplayedStep {
  readonly sentence: string;
  /** Decisions and results, as the refresher logs them. */
  readonly lines: readonly DecisionLine[];
}

/** Lives one history again, then the quiet ticks. @throws Error if a sentence is not possible there */
export async function replay(
  behaviour: Behaviour,
  start: Start,
  history: readonly string[],
): Promise<{ readonly steps: readonly ReplayedStep[]; readonly broken: string | undefined }> {
  let world = await worldAt(behaviour, start);
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
  for await (const next of successors(world, MOST_FAULTS + 1, MOST_FAULTS))
    if (next.sentence === sentence) return next;
  throw new Error(`"${sentence}" cannot happen here`);
}

interface Successor {
  readonly world: ExploredWorld;
  readonly sentence: string;
  readonly cost: number;
  readonly broken?: string | undefined;
}

async function* successors(world: ExploredWorld, budget: number, faults: number): AsyncGenerator<Successor> {
  if (budget < 1) return;
  for (const { name, apply } of CHANGES) {
    const changed = world.copy();
    if (apply(changed)) yield { world: changed, sentence: name, cost: 1 };
  }
  for (const [index, message] of MESSAGES.entries()) {
    const request = message.message(world);
    if (request === undefined) continue;
    yield* deliveries(world, message, index === 0 ? 0 : 1, budget, faults);
  }
}

/** Outcomes of issue calls that the broker did not answer with a token, and that it did not execute either. */
const UNANSWERED: ReadonlySet<Outcome> = new Set(['unsent', 'throttled', 'rejected']);

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
      yield { world: after, sentence: sentenceOf(message, script), cost, broken };
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
  let next = after.state.now + interval;
  const id = after.nextId();
  let broken: string | undefined;
  try {
    if (request !== undefined) await after.deliver(request, id);
  } catch (error) {
    if (error instanceof Killed) {
      after.choose = () => 'ok';
      after.state.now += VISIBILITY;
      const killed = after.lines;
      if (request !== undefined) await after.deliver(request, id);
      after.lines = [...killed, ...after.lines];
    } else if (!(error instanceof AwsError)) broken = `the refresher threw ${String(error)}`;
  }
  while (after.state.now > next) next += interval;
  after.state.now = next;
  const pending = world.published.pending?.revoke !== undefined;
  const requested = pending || message.name.includes('revocation');
  const answered = script.every(({ outcome }) => UNANSWERED.has(outcome));
  broken ??= brokenSafety(world, after, { requested, faulty: script.length > 0, answered });
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
