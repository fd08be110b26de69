import type { Facts, Verdict } from '../../../lambdas/decision/facts.ts';
import { tokenReceived } from '../../../lambdas/decision/issue-result.ts';
import { revocationConfirmed, verified } from '../../../lambdas/decision/transitions.ts';
import { callStartAt, PRINT, received, SECOND, TOKEN } from './facts.ts';

/** One more issue call, which ends `at` this instant and returns the published token. */
export function issueAgain(facts: Facts, at: number, life: { expiresAt: number } = TOKEN): Facts {
  const state = tokenReceived(facts, callStartAt(at), received(PRINT, life), at);
  const { verdict: _, ...done } = facts.done;
  return {
    ...facts,
    begunAt: at,
    deadline: at + 450 * SECOND,
    state,
    done: { ...done, calls: 1, returned: true },
  };
}

/** A verify call with this verdict. */
export function verifyWith(facts: Facts, verdict: Verdict, at: number): Facts {
  return { ...facts, state: verified(facts, verdict, at), done: { ...facts.done, verdict } };
}

/** The same state at another tick. */
export function nextTick(facts: Facts, at: number): Facts {
  return { ...facts, begunAt: at, deadline: at + 450 * SECOND, done: { calls: 0, repeats: 0 } };
}

/** A confirmed revocation. */
export function confirmRevocation(facts: Facts, at: number): Facts {
  const state = revocationConfirmed(facts, callStartAt(at), at);
  return { ...facts, state, done: { calls: facts.done.calls, repeats: 0, revoked: PRINT } };
}
