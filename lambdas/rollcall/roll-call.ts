import { BROKER } from '../brokers/endpoints.ts';
import { decide } from '../refresher/decide.ts';
import { type Trouble, timeLeft, troubleOf } from '../refresher/trouble.ts';
import type { AddedCredential } from '../store/roster.ts';

/** What the alarms of the fleet are raised by, and whom they are about. */
export interface RollCall {
  /** The least share of its margin (`renewBefore`) that any of them has left, percent; 100 at most. */
  readonly headroom: number;
  /** The worst of any of them. */
  readonly trouble: Trouble;
  readonly credentials: number;
  /** Less than half of the margin is left. */
  readonly expiring: readonly string[];
  /** The last attempt failed, or nobody looks at it. */
  readonly failing: readonly string[];
  /** A person is needed. */
  readonly needPerson: readonly string[];
  /** Without a schedule, or with a disabled one. */
  readonly unattended: readonly string[];
}

/** The key of a new credential may come after its config: so long nobody is called for it, milliseconds. */
const NEW_FOR = 15 * 60_000;

/** The threshold of the alarm, percent. */
export const LOW = 50;

/**
 * How all added credentials stand at `now` (epoch milliseconds), by what is written of them. Pure.
 *
 * It does not depend on their ticks: of one that nobody looks at any more – its schedule gone, its group
 * stuck – the token runs out all the same, and is told.
 *
 * @param withoutTicks ids; told as a failure, so that one which is just being removed raises no alarm
 */
export function callRoll(
  credentials: readonly AddedCredential[],
  withoutTicks: ReadonlySet<string>,
  now: number,
): RollCall {
  const readings = credentials.flatMap((credential) => read(credential, withoutTicks, now) ?? []);
  const those = (pick: (reading: Reading) => boolean) => readings.filter(pick).map(({ id }) => id);
  return {
    headroom: Math.min(100, ...readings.map(({ headroom }) => headroom)),
    trouble: Math.max(0, ...readings.map(({ trouble }) => trouble)) as Trouble,
    credentials: credentials.length,
    expiring: those(({ headroom }) => headroom < LOW),
    failing: those(({ trouble }) => trouble === 1),
    needPerson: those(({ trouble }) => trouble === 2),
    unattended: [...withoutTicks],
  };
}

interface Reading {
  readonly id: string;
  readonly headroom: number;
  readonly trouble: Trouble;
}

/** Undefined: it is as a person wants it, paused, or so new that it may still wait for its key. */
function read(
  { id, config, state, unreadable, since }: AddedCredential,
  withoutTicks: ReadonlySet<string>,
  now: number,
): Reading | undefined {
  if (config === undefined) return { id, headroom: 0, trouble: 2 };
  if (state.paused) return undefined;
  if (state.published === undefined && now - since < NEW_FOR) return undefined;
  const contract = BROKER[config.broker].contract(config);
  const decision = decide({ config, contract, state, unreadable, message: { cause: 'schedule' } }, now);
  const { headroom } = timeLeft(state, decision, config.renewBeforeSeconds, now);
  return {
    id,
    headroom: (100 * headroom) / config.renewBeforeSeconds,
    trouble: Math.max(troubleOf(state, decision), withoutTicks.has(id) ? 1 : 0) as Trouble,
  };
}
