import type { CredentialConfig } from '../shared/credential.ts';
import type { State } from '../shared/state.ts';
import type { Facts } from './decide.ts';
import { type DueReason, isVoid } from './due.ts';

/** Why the broker may not be asked now. */
export type GateReason =
  | 'Paused'
  | 'CredentialsRejected'
  | 'TooSoon'
  | 'WouldReuse'
  | 'AwaitExpiry'
  | 'BudgetSpent'
  | 'BackingOff';

export type Closed =
  | { readonly reason: 'Paused'; readonly until?: undefined }
  | { readonly reason: Exclude<GateReason, 'Paused'>; readonly until: number };

const DAY = 24 * 60 * 60 * 1000;
/** Three quarters of an interval, per second of it: ticks are precise to the minute, and a call takes its time. */
const EACH_TICK = 750;

/** Second half of the decision: the first gate that is closed, or undefined if the broker may be asked. */
export function gate(facts: Facts, due: DueReason, now: number): Closed | undefined {
  return (
    paused(facts) ??
    credentialsRejected(facts, now) ??
    tooSoon(facts, now) ??
    wouldReuse(facts, due, now) ??
    budgetSpent(facts, now) ??
    backingOff(facts, now)
  );
}

/** 1. Revoked on request: only an operator lifts it. */
function paused({ state, message }: Facts): Closed | undefined {
  return state.paused && message.cause !== 'forced' ? { reason: 'Paused' } : undefined;
}

/** 2. The broker refused the keys, and they are still the same: a person must act. */
function credentialsRejected(facts: Facts, now: number): Closed | undefined {
  const { state, message } = facts;
  const attempt = standing(state, now);
  if (attempt?.outcome !== 'rejected' || attempt.retryAt === undefined) return undefined;
  if (facts.secretVersion !== undefined && facts.secretVersion !== attempt.secretVersion) return undefined;
  const forced =
    message.cause === 'forced' || (state.wanted?.reason === 'Forced' && state.wanted.since > attempt.at);
  if (forced) return undefined;
  return closedUntil('CredentialsRejected', attempt.retryAt, now);
}

/** 3. Nothing passes the broker's minimum interval. */
function tooSoon({ state, contract }: Facts, now: number): Closed | undefined {
  if (state.lastCallAt === undefined || isVoid(state.lastCallAt, now)) return undefined;
  return closedUntil('TooSoon', state.lastCallAt + contract.minimumInterval, now);
}

/** 4. The broker would hand back the token that is already published. */
function wouldReuse(facts: Facts, due: DueReason, now: number): Closed | undefined {
  const { state, contract, config } = facts;
  const { published } = state;
  if (published === undefined || due === 'CredentialsChanged' || due === 'Interrupted') return undefined;
  if (isRevokedFirst(config, due)) return undefined;

  // It just did, so not even a dead token passes.
  const attempt = standing(state, now);
  if (attempt?.outcome === 'unchanged' && attempt.retryAt !== undefined) {
    const keepsToItsEnd = contract.reuseWindow === undefined && attempt.at < published.expiresAt;
    const closed = closedUntil(keepsToItsEnd ? 'AwaitExpiry' : 'WouldReuse', attempt.retryAt, now);
    if (closed !== undefined) return closed;
  }

  if (contract.reuseWindow === undefined) return undefined;
  if (due === 'TokenDead' || attempt?.outcome === 'unpublished') return undefined;
  if (facts.secretVersion !== undefined && facts.secretVersion !== published.secretVersion) return undefined;
  return closedUntil('WouldReuse', published.issuedAt + contract.reuseWindow, now);
}

/** Whether the token is revoked before a new one is asked for, so that the same cannot come back. */
export function isRevokedFirst({ renewEarly }: CredentialConfig, reason: string): boolean {
  return renewEarly === 'revoke' && (reason === 'NearExpiry' || reason === 'NearExpiryFailOpen');
}

/** 5. The day's issues are spent. With little or no life left: one call per check interval. */
function budgetSpent({ state, config }: Facts, now: number): Closed | undefined {
  const counted = state.issues.filter((at) => at > now - DAY && !isVoid(at, now)).sort((a, b) => a - b);
  const oldestThatCounts = counted[counted.length - config.maxIssuesPerDay];
  if (oldestThatCounts === undefined) return undefined;

  const { published } = state;
  // Strictly less than half of the margin must be left, so the emergency begins a millisecond later.
  const lives = published !== undefined && !state.dead;
  const emergency = lives ? published.expiresAt - config.renewBeforeSeconds * 500 + 1 : now;
  const known = state.lastCallAt !== undefined && !isVoid(state.lastCallAt, now);
  const lastCall = known ? state.lastCallAt : oldestThatCounts;
  const allowedInEmergency = Math.max(emergency, lastCall + config.checkEverySeconds * EACH_TICK);
  return closedUntil('BudgetSpent', Math.min(oldestThatCounts + DAY, allowedInEmergency), now);
}

/** 6. The last answer was unusable, or could not be published: not at every tick. */
function backingOff({ state }: Facts, now: number): Closed | undefined {
  const attempt = standing(state, now);
  if (attempt?.outcome !== 'malformed' && attempt?.outcome !== 'unpublished') return undefined;
  return attempt.retryAt === undefined ? undefined : closedUntil('BackingOff', attempt.retryAt, now);
}

/** The last attempt, unless its stamp is void. */
function standing({ attempt }: State, now: number) {
  return attempt === undefined || isVoid(attempt.at, now) ? undefined : attempt;
}

function closedUntil(reason: Exclude<GateReason, 'Paused'>, until: number, now: number): Closed | undefined {
  return now < until ? { reason, until } : undefined;
}
