import type { State } from '../shared/state.ts';
import { type Decision, livesAt } from './decide.ts';

/** 0 fine, 1 the last attempt failed, 2 a person is needed: the metric `Trouble`. */
export type Trouble = 0 | 1 | 2;

/** Unusable answers in a row after which a person should look. */
const UNUSABLE_IN_A_ROW = 3;

export function troubleOf(state: State, decision: Decision): Trouble {
  if (decision.reason === 'BudgetSpent') return 2;
  const { attempt } = state;
  switch (attempt?.outcome) {
    case 'rejected':
    case 'unconfigured':
      return 2;
    case 'malformed':
    case 'unpublished':
      return attempt.failures >= UNUSABLE_IN_A_ROW ? 2 : 1;
    case 'unchanged':
      // A dead token that keeps coming back.
      return state.dead ? 2 : 0;
    case 'throttled':
    case 'unavailable':
    case 'started':
      return 1;
    default:
      return 0;
  }
}

/** The metrics `SecondsToExpiry` and `Headroom`, seconds. */
export function timeLeft(
  state: State,
  decision: Decision,
  renewBeforeSeconds: number,
  now: number,
): { readonly secondsToExpiry: number; readonly headroom: number } {
  const lives = livesAt(state, now);
  const secondsToExpiry = lives && state.published ? (state.published.expiresAt - now) / 1000 : 0;
  // A broker that keeps one token to its end leaves nothing to do: no alarm for that.
  const onlyWaiting = lives && decision.reason === 'AwaitExpiry';
  return { secondsToExpiry, headroom: onlyWaiting ? renewBeforeSeconds : secondsToExpiry };
}
