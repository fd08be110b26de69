import { AwsError } from '../../lambdas/store/aws-error.ts';
import { CHANGES, FAULT_NAMES, FAULTS, LASTING, MESSAGES, type Message } from './disturbances.ts';
import { type ExploredWorld, KilledError, type Outcome, type PortCall } from './explored-world.ts';
import { brokenSafety } from './safety.ts';

const MINUTE = 60_000;
/** Faults in one delivery. */
export const MOST_FAULTS = 2;
/** Twice the time-out of the function: a message whose function was killed is delivered again after it. */
const VISIBILITY = 15 * MINUTE;

/** A fault of one call: the `nth` call of the delivery, counted over all ports. */
interface Fault {
  readonly nth: number;
  readonly call: PortCall;
  readonly outcome: Outcome;
}

/** A world that one disturbance leads to. */
export interface Successor {
  readonly world: ExploredWorld;
  readonly sentence: string;
  readonly cost: number;
  readonly broken?: string | undefined;
}

/** Every world that disturbances of at most this cost lead to at once. */
export async function* successors(world: ExploredWorld, budget: number): AsyncGenerator<Successor> {
  if (budget < 1) return;
  for (const { name, apply } of CHANGES) {
    const changed = world.copy();
    if (apply(changed)) yield { world: changed, sentence: name, cost: 1 };
  }
  for (const [index, message] of MESSAGES.entries()) {
    const request = message.message(world);
    if (request === undefined) continue;
    yield* deliveries(world, message, index === 0 ? 0 : 1, budget);
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
): AsyncGenerator<Successor> {
  const queue: (readonly Fault[])[] = [[]];
  for (let script = queue.shift(); script !== undefined; script = queue.shift()) {
    const { after, calls, broken } = await deliver(world, message, script);
    const cost = messageCost + script.length;
    if (cost > 0) {
      yield { world: after, sentence: sentenceOf(message, script), cost, broken };
    }
    if (script.length >= MOST_FAULTS || cost >= budget) continue;
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
  let next = after.state.now + (message.extra ? 0 : interval);
  const id = after.nextId();
  let broken: string | undefined;
  try {
    if (request !== undefined) await after.deliver(request, id);
  } catch (error) {
    if (error instanceof KilledError) {
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
