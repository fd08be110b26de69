import { BROKER } from '../brokers/endpoints.ts';
import { decide } from '../decision/decide.ts';
import { storedFacts } from '../decision/facts.ts';
import { type FailureLevel, failureLevel, timeLeft } from '../decision/failure-level.ts';
import type { AddedCredential } from '../store/list-credentials.ts';

/** The metrics of the fleet alarms, and the credentials that caused them. */
export interface FleetReport {
  /** The smallest remaining share of a margin (`renewBefore`), percent; 100 at most. */
  readonly headroom: number;
  /** The highest level of a credential. */
  readonly failureLevel: FailureLevel;
  readonly credentials: number;
  /** Less than half of the margin is left. */
  readonly expiring: readonly string[];
  /** The last attempt failed, or the credential has no ticks. */
  readonly failing: readonly string[];
  /** An operator must act. */
  readonly actionRequired: readonly string[];
  /** The schedule is missing or disabled. */
  readonly unattended: readonly string[];
}

/** Time to store the key of a new credential before it counts as failing; milliseconds. */
const SETUP_TIME = 15 * 60_000;

/** The threshold of the alarm, percent. */
export const LOW_HEADROOM_PERCENT = 50;

/**
 * The health of all fleet credentials at `now` (epoch milliseconds), from their parameters. Pure.
 * It does not depend on ticks, so it also reports a credential whose schedule was deleted.
 *
 * @param withoutTicks ids of credentials without an enabled schedule. They count as failing, not as needing
 * action, because `tokens remove` deletes the schedule first
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

/** Undefined for a paused credential, and for a new one that may still wait for its key. */
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
