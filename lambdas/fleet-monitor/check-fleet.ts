import { BROKER } from '../brokers/endpoints.ts';
import { decide } from '../decision/decide.ts';
import { storedFacts } from '../decision/facts.ts';
import { type FailureLevel, failureLevel, timeLeft } from '../decision/failure-level.ts';
import type { AddedCredential } from '../store/list-credentials.ts';

/** What the alarms of the fleet are raised by, and whom they are about. */
export interface FleetReport {
  /** The least share of its margin (`renewBefore`) that any of them has left, percent; 100 at most. */
  readonly headroom: number;
  /** The worst of any of them. */
  readonly failureLevel: FailureLevel;
  readonly credentials: number;
  /** Less than half of the margin is left. */
  readonly expiring: readonly string[];
  /** The last attempt failed, or nobody looks at it. */
  readonly failing: readonly string[];
  /** A person must act. */
  readonly actionRequired: readonly string[];
  /** Without a schedule, or with a disabled one. */
  readonly unattended: readonly string[];
}

/** The key of a new credential may come after its config: so long nobody is called for it, milliseconds. */
const SETUP_TIME = 15 * 60_000;

/** The threshold of the alarm, percent. */
export const LOW_HEADROOM_PERCENT = 50;

/**
 * How all added credentials stand at `now` (epoch milliseconds), by what is written of them. Pure.
 *
 * It does not depend on their ticks: of one that nobody looks at any more – its schedule gone, its group
 * stuck – the token runs out all the same, and is told.
 *
 * @param withoutTicks ids; told as a failure, so that one which is just being removed raises no alarm
 */
export function checkFleet(
  credentials: readonly AddedCredential[],
  withoutTicks: ReadonlySet<string>,
  now: number,
): FleetReport {
  const readings = credentials.flatMap((credential) => read(credential, withoutTicks, now) ?? []);
  const idsWhere = (pick: (reading: CredentialReading) => boolean) =>
    readings.filter(pick).map(({ id }) => id);
  return {
    headroom: Math.min(100, ...readings.map(({ headroom }) => headroom)),
    failureLevel: Math.max(0, ...readings.map((reading) => reading.failureLevel)) as FailureLevel,
    credentials: credentials.length,
    expiring: idsWhere(({ headroom }) => headroom < LOW_HEADROOM_PERCENT),
    failing: idsWhere((reading) => reading.failureLevel === 1),
    actionRequired: idsWhere((reading) => reading.failureLevel === 2),
    unattended: [...withoutTicks],
  };
}

interface CredentialReading {
  readonly id: string;
  readonly headroom: number;
  readonly failureLevel: FailureLevel;
}

/** Undefined: it is as a person wants it, paused, or so new that it may still wait for its key. */
function read(
  { id, config, state, unreadable, since }: AddedCredential,
  withoutTicks: ReadonlySet<string>,
  now: number,
): CredentialReading | undefined {
  if (config === undefined) return { id, headroom: 0, failureLevel: 2 };
  if (state.paused) return undefined;
  if (state.published === undefined && now - since < SETUP_TIME) return undefined;
  const contract = BROKER[config.broker].contract(config);
  const facts = storedFacts({ config, contract, state, unreadable }, now);
  const decision = decide(facts, now);
  const { headroom } = timeLeft(facts, decision, now);
  const level = failureLevel(facts, decision, now);
  return {
    id,
    headroom: (100 * headroom) / config.renewBeforeSeconds,
    failureLevel: withoutTicks.has(id) && level === 0 ? 1 : level,
  };
}
