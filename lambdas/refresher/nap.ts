import type { State } from '../shared/state.ts';
import { type Decision, LATE_TICK } from './decide.ts';

/** What is left of the invocation for the work after a sleep. */
export const LEFT_AFTER_SLEEP = 45_000;

export interface Shift {
  /** When the next tick is due, epoch milliseconds. */
  readonly nextTick: number;
  /** When the invocation is ended by Lambda. */
  readonly deadline: number;
}

/**
 * Meeting the expiry: until when to sleep inside the invocation, so that a token that cannot be had
 * earlier is replaced the second it can, and not a tick later. Undefined: leave it to the next tick.
 */
export function sleepThrough(decision: Decision, state: State, shift: Shift): number | undefined {
  if (decision.action !== 'wait' || !decision.must) return undefined;
  if (decision.reason === 'BudgetSpent' || decision.reason === 'BackingOff') return undefined;
  const outcome = state.attempt?.outcome;
  if (outcome === 'unavailable' || outcome === 'malformed') return undefined;
  const latest = Math.min(shift.nextTick + LATE_TICK, shift.deadline - LEFT_AFTER_SLEEP);
  return decision.until <= latest ? decision.until : undefined;
}
