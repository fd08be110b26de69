import type { InboxMessage } from '../shared/message.ts';
import type { State } from '../shared/state.ts';
import { pendingOrUndefined } from './attempts.ts';
import type { Decision, Facts } from './facts.ts';
import { isFromFuture, isRevocable, renewalRulesOf } from './health.ts';
import { marginOf, planRenewal } from './renewal.ts';
import { stateAfterSecretChange } from './transitions.ts';

/**
 * Adds the request of a message to the state, so that a crash does not lose the request.
 * @param unknownToken whether the parameter contains a token that the state does not describe
 */
export function acceptRequest(
  state: State,
  message: InboxMessage,
  now: number,
  unknownToken: boolean,
): State {
  const { published } = state;
  switch (message.cause) {
    case 'schedule':
      return state;
    case 'credentials-changed':
      return stateAfterSecretChange(state, now);
    case 'rejected':
      if (message.generation < state.generation || published?.health !== 'live') return state;
      return { ...state, published: { ...published, health: 'suspect' } };
    case 'forced':
      return acceptForced(state, now);
    case 'revoke':
      return acceptRevoke(state, message.reissue !== false, now, unknownToken);
  }
}

/** An operator forces a refresh after correcting the cause of a failure, so every hold and back-off ends. */
function acceptForced(state: State, now: number): State {
  const { pending, refused, attempt } = state;
  const revoke = pending?.revoke && { ...pending.revoke, reissue: true };
  return {
    ...state,
    paused: undefined,
    revokeUseless: undefined,
    refused: refused && { ...refused, retryAt: Math.min(refused.retryAt, now), times: 0 },
    pending: { ...pending, revoke, forced: pending?.forced ?? { since: now } },
    attempt: attempt && { ...attempt, retryAt: undefined },
  };
}

function acceptRevoke(state: State, reissue: boolean, now: number, unknownToken: boolean): State {
  const { published, paused } = state;
  const pending = { ...state.pending, forced: reissue ? state.pending?.forced : undefined };
  if (!unknownToken && !isRevocable(state, now))
    return { ...state, paused: reissue ? paused : true, pending: pendingOrUndefined(pending) };
  const fingerprint = unknownToken ? undefined : published?.fingerprint;
  const revoke = { fingerprint, reissue, since: pending.revoke?.since ?? now };
  return { ...state, pending: { ...pending, revoke } };
}

export function isStaleReport({ generation }: State, message: InboxMessage): boolean {
  return message.cause === 'rejected' && message.generation < generation;
}

/**
 * Adapts the state to the current time and configuration: removes a pending revocation of an expired token,
 * and plans the renewal again if the planned time is too late for the current renewal margin.
 */
export function adaptStoredState(facts: Facts, now: number): State {
  const state = withoutObsoleteRevocation(facts.state, now);
  const { published } = state;
  if (published === undefined) return state;
  const rules = renewalRulesOf(facts);
  // The function plans `renewAt` again only if the renewal margin became longer, because planning takes more
  // time than all other work of an average tick.
  const isRenewalTooLate = published.renewAt > published.expiresAt - marginOf(published, rules);
  const renewAt = isRenewalTooLate ? planRenewal(published, rules).renewAt : published.renewAt;
  // If the clock was set back, the token may expire earlier than the clock shows.
  const isIssuedInFuture = published.health === 'live' && isFromFuture(published.issuedAt, now);
  const health = isIssuedInFuture ? 'suspect' : published.health;
  return { ...state, published: { ...published, renewAt, health } };
}

function withoutObsoleteRevocation(state: State, now: number): State {
  const { pending, published, paused } = state;
  const revoke = pending?.revoke;
  if (revoke?.fingerprint === undefined) return state;
  const isSameToken = published?.fingerprint === revoke.fingerprint;
  if (isSameToken && isRevocable(state, now)) return state;
  const mustPause = isSameToken && !revoke.reissue;
  // An interrupted issue call may have replaced the token in the parameter. The refresher must then revoke
  // the new token instead.
  if (mustPause && state.interrupted)
    return { ...state, pending: { ...pending, revoke: { ...revoke, fingerprint: undefined } } };
  const remainingRequests = pendingOrUndefined({ ...pending, revoke: undefined });
  return { ...state, paused: mustPause ? true : paused, pending: remainingRequests };
}

/** A forced refresh stays pending after these waits, and is completed by any other final decision. */
const FORCED_REFRESH_WAIT_REASONS: readonly string[] = ['TooSoon', 'BrokerUnhealthy', 'BackingOff'];

/** Returns the state without the requests that the final decision completes. */
export function withoutCompletedRequests(state: State, decision: Decision): State {
  const { pending, refused } = state;
  const mayNeedNewToken = decision.action !== 'keep' || pending?.credentialsChanged !== undefined;
  const isForcedRefreshCompleted =
    pending?.forced !== undefined && !FORCED_REFRESH_WAIT_REASONS.includes(decision.reason);
  return {
    ...state,
    refused: mayNeedNewToken ? refused : undefined,
    pending: isForcedRefreshCompleted ? pendingOrUndefined({ ...pending, forced: undefined }) : pending,
  };
}
