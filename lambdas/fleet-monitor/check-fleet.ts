import { BROKERS_BY_ID } from '../brokers/endpoints.ts';
import { decide } from '../decision/decide.ts';
import { factsFromStore } from '../decision/facts.ts';
import { type FailureLevel, failureLevel, timeLeft } from '../decision/failure-level.ts';
import type { FleetCredential } from '../store/list-credentials.ts';

/** The health of one fleet credential, as notifications describe it. */
export interface CredentialHealth {
  readonly id: string;
  readonly level: FailureLevel;
  /** The reason of the decision, or one of `UnreadableConfig`, `NoSchedule` and `ExpiringSoon`. */
  readonly reason: string;
  /** The outcome and the message of the last attempt, without secrets. */
  readonly detail?: string | undefined;
}

interface CheckedCredential extends CredentialHealth {
  /** The share of the renewal margin (`renewBefore`) that is left, in percent. */
  readonly headroom: number;
}

/** A new credential without an app key counts as failing only after this time, in milliseconds. */
const SETUP_TIME = 15 * 60_000;

/** The threshold of the alarm FleetExpiringSoon: the share of a renewal margin that is left, in percent. */
export const LOW_HEADROOM_PERCENT = 50;

/**
 * Pure.
 * @param idsWithoutSchedule the credentials without an enabled schedule. A missing schedule raises level 0 to
 * 1 (failing) instead of 2, because `tokens remove` deletes the schedule first
 * @param now epoch milliseconds
 */
export function checkFleet(
  credentials: readonly FleetCredential[],
  idsWithoutSchedule: ReadonlySet<string>,
  now: number,
) {
  const checked = credentials.flatMap(
    (credential) => checkCredential(credential, idsWithoutSchedule, now) ?? [],
  );
  const idsWhere = (pick: (credential: CheckedCredential) => boolean) =>
    checked.filter(pick).map(({ id }) => id);
  return {
    /** The smallest share of a renewal margin (`renewBefore`) that is left, in percent; 100 at most. */
    headroom: Math.min(100, ...checked.map(({ headroom }) => headroom)),
    failureLevel: Math.max(0, ...checked.map(({ level }) => level)) as FailureLevel,
    credentials: credentials.length,
    expiring: idsWhere(isExpiring),
    failing: idsWhere(({ level }) => level === 1),
    actionRequired: idsWhere(({ level }) => level === 2),
    withoutSchedule: [...idsWithoutSchedule],
    health: checked.map(healthOf),
  };
}

function isExpiring({ headroom }: CheckedCredential): boolean {
  return headroom < LOW_HEADROOM_PERCENT;
}

function healthOf(credential: CheckedCredential): CredentialHealth {
  const { headroom: _, ...health } = credential;
  const isOnlyExpiring = health.level === 0 && isExpiring(credential);
  return isOnlyExpiring ? { ...health, level: 1, reason: 'ExpiringSoon' } : health;
}

/** Returns undefined for a paused credential, and for a new credential during its setup time. */
function checkCredential(
  { id, config, state, unreadable, configWrittenAt }: FleetCredential,
  idsWithoutSchedule: ReadonlySet<string>,
  now: number,
): CheckedCredential | undefined {
  if (config === undefined) return { id, headroom: 0, level: 2, reason: 'UnreadableConfig' };
  if (state.paused) return undefined;
  if (state.published === undefined && now - configWrittenAt < SETUP_TIME) return undefined;
  const contract = BROKERS_BY_ID[config.broker].contract(config);
  const facts = factsFromStore({ config, contract, state, unreadable }, now);
  const decision = decide(facts, now);
  const level = failureLevel(facts, decision, now);
  const isOnlyScheduleMissing = idsWithoutSchedule.has(id) && level === 0;
  const { outcome, message } = state.attempt ?? {};
  return {
    id,
    headroom: (100 * timeLeft(facts, decision, now).headroom) / config.renewBeforeSeconds,
    level: isOnlyScheduleMissing ? 1 : level,
    reason: isOnlyScheduleMissing ? 'NoSchedule' : decision.reason,
    detail: level === 0 ? undefined : [outcome, message].filter(Boolean).join(': '),
  };
}
