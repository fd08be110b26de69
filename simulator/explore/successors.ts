import { AwsError } from '../../lambdas/store/aws-error.ts';
import {
  FAULT_NAMES,
  FAULTS_BY_CALL,
  LASTING_FAULTS,
  MESSAGES,
  type MessageVariant,
  WORLD_CHANGES,
} from './disturbances.ts';
import { type ExploredWorld, KilledError, type Outcome, type PortCall } from './explored-world.ts';
import { deliveryViolation } from './safety.ts';

const MINUTE = 60_000;
/** The maximum number of faults while the refresher handles one message. */
export const MAX_FAULTS = 2;
/** The visibility timeout, which is twice the timeout of the function. */
const VISIBILITY_TIMEOUT = 15 * MINUTE;

/** A fault of one call; `nth` is the position of the call in the sequence of calls for one message. */
interface CallFault {
  readonly nth: number;
  readonly call: PortCall;
  readonly outcome: Outcome;
}

/** A simulation state that follows another state after one step. */
export interface Successor {
  readonly world: ExploredWorld;
  /** The description of the step. */
  readonly sentence: string;
  /** The number of faults and events in the step. */
  readonly disturbances: number;
  readonly violation?: string | undefined;
}

/** Yields every simulation state that one step with at most `maxDisturbances` faults and events causes. */
export async function* successors(world: ExploredWorld, maxDisturbances: number): AsyncGenerator<Successor> {
  if (maxDisturbances < 1) return;
  for (const [sentence, apply] of WORLD_CHANGES) {
    const changed = world.copy();
    if (apply(changed)) yield { world: changed, sentence, disturbances: 1 };
  }
  for (const [index, message] of MESSAGES.entries()) {
    const request = message.message(world);
    if (request === undefined) continue;
    yield* deliveries(world, message, index === 0 ? 0 : 1, maxDisturbances);
  }
}

/** The outcomes of an issue call that the broker did not execute. */
const NOT_EXECUTED: ReadonlySet<Outcome> = new Set(['unsent', 'throttled', 'rejected']);

/**
 * Delivers one message with every combination of faults that `maxDisturbances` allows, and yields the
 * results. Yields no result for a regular tick without a fault.
 */
async function* deliveries(
  world: ExploredWorld,
  message: MessageVariant,
  messageCost: number,
  maxDisturbances: number,
): AsyncGenerator<Successor> {
  const queue: (readonly CallFault[])[] = [[]];
  for (let callFaults = queue.shift(); callFaults !== undefined; callFaults = queue.shift()) {
    const { after, calls, violation } = await deliver(world, message, callFaults);
    const disturbances = messageCost + callFaults.length;
    if (disturbances > 0)
      yield { world: after, sentence: sentenceOf(message, callFaults), disturbances, violation };
    if (callFaults.length >= MAX_FAULTS || disturbances >= maxDisturbances) continue;
    const first = (callFaults.at(-1)?.nth ?? -1) + 1;
    for (let nth = first; nth < calls.length; nth += 1) {
      const call = calls[nth] as PortCall;
      for (const outcome of FAULTS_BY_CALL[call]) queue.push([...callFaults, { nth, call, outcome }]);
    }
  }
}

function sentenceOf({ name }: MessageVariant, callFaults: readonly CallFault[]): string {
  const faults = callFaults.map(
    ({ nth, call, outcome }) => `${call} (call ${nth + 1}) ${FAULT_NAMES[outcome]}`,
  );
  return [name, ...faults].join('; ');
}

async function deliver(world: ExploredWorld, message: MessageVariant, callFaults: readonly CallFault[]) {
  const after = world.copy();
  const calls: PortCall[] = [];
  const lastingFaults = new Map<PortCall, Outcome>();
  after.chooseOutcome = (call) => {
    const fault = callFaults.find(({ nth }) => nth === calls.length);
    calls.push(call);
    if (fault !== undefined && LASTING_FAULTS.has(fault.outcome)) lastingFaults.set(call, fault.outcome);
    return lastingFaults.get(call) ?? fault?.outcome ?? 'ok';
  };
  const request = message.message(after);
  const interval = after.state.config.checkEverySeconds * 1000;
  let next = after.state.now + (message.tickFollowsImmediately ? 0 : interval);
  const id = after.nextId();
  let violation: string | undefined;
  try {
    if (request !== undefined) await after.deliver(request, id);
  } catch (error) {
    if (error instanceof KilledError) {
      after.chooseOutcome = () => 'ok';
      after.state.now += VISIBILITY_TIMEOUT;
      const linesBeforeKill = after.lines;
      if (request !== undefined) await after.deliver(request, id);
      after.lines = [...linesBeforeKill, ...after.lines];
    } else if (!(error instanceof AwsError)) violation = `the refresher threw ${String(error)}`;
  }
  while (after.state.now > next) next += interval;
  after.state.now = next;
  const isRevocationRequested =
    world.published.pending?.revoke !== undefined || message.name.includes('revocation');
  const isUndisturbed = callFaults.length === 0 && !isRevocationRequested;
  const areExecutionsKnown = callFaults.every(({ outcome }) => NOT_EXECUTED.has(outcome));
  violation ??= deliveryViolation(world, after, isUndisturbed, areExecutionsKnown);
  return { after, calls, violation };
}
