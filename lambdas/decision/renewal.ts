import type { Session } from '../shared/sessions.ts';
import { protectedTimeStart } from './trading-hours.ts';

/** The issue time and the expiry of a token, in epoch milliseconds. */
export interface TokenLifetime {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The rules for the renewal of a token. All durations are in milliseconds. */
export interface RenewalRules {
  readonly renewBefore: number;
  readonly checkEvery: number;
  readonly sessions: readonly Session[];
  readonly reuseWindow?: number | undefined;
  /** The largest share of a token lifetime that the renewal margin may cover, for example 1/2. */
  readonly marginShare: number;
}

export interface RenewalPlan {
  readonly renewAt: number;
  /**
   * Whether no instant satisfies all rules. In this case `renewAt` may be in a session, because a renewal
   * during a session is better than an expired token.
   */
  readonly ignoresSessions: boolean;
}

const MINUTE = 60 * 1000;
/** A late tick and an issue call may take this part of the lead time before a session. */
const TICK_DELAY_LEAD = 2 * MINUTE;
/** The minimum lead time before a session, in which a failed renewal is retried (docs/availability.md). */
const MIN_SESSION_LEAD = 30 * MINUTE;

/** Returns the renewal margin: the time between the renewal and the expiry of a token, in milliseconds. */
export function marginOf(lifetime: TokenLifetime, { renewBefore, marginShare }: RenewalRules): number {
  return Math.min(renewBefore, Math.floor((lifetime.expiresAt - lifetime.issuedAt) * marginShare));
}

/**
 * Plans the renewal for the latest instant that is outside the sessions and the reuse window and not after
 * the start of the renewal margin.
 */
export function planRenewal(lifetime: TokenLifetime, rules: RenewalRules): RenewalPlan {
  const latestRenewal = lifetime.expiresAt - marginOf(lifetime, rules);
  const earliestRenewal = lifetime.issuedAt + (rules.reuseWindow ?? 0);
  let renewAt = latestRenewal;
  while (renewAt >= earliestRenewal) {
    const leadStart = protectedTimeStart(renewAt, rules.sessions, sessionLeadOf(rules));
    if (leadStart === undefined) return { renewAt, ignoresSessions: false };
    renewAt = leadStart - 1;
  }
  return { renewAt: latestRenewal, ignoresSessions: true };
}

/**
 * Returns whether a renewal is due, or `fail-open` if a renewal is due during a session. If the refresher
 * missed a renewal before a session, the renewal is due when the session ends or the renewal margin starts,
 * whichever is earlier.
 */
export function renewalDue(
  lifetime: TokenLifetime & { readonly renewAt: number },
  rules: RenewalRules,
  now: number,
): 'no' | 'due' | 'fail-open' {
  if (now < lifetime.renewAt) return 'no';
  // The refresher may retry a planned renewal until two minutes before a session.
  if (protectedTimeStart(now, rules.sessions, TICK_DELAY_LEAD) === undefined) return 'due';
  return now >= lifetime.expiresAt - marginOf(lifetime, rules) ? 'fail-open' : 'no';
}

/** Whether `instant` is in a session or in the last half of the lead time before a session. */
export function isSessionNear(instant: number, rules: RenewalRules): boolean {
  return protectedTimeStart(instant, rules.sessions, sessionLeadOf(rules) / 2) !== undefined;
}

function sessionLeadOf({ checkEvery }: RenewalRules): number {
  return Math.max(checkEvery + TICK_DELAY_LEAD, MIN_SESSION_LEAD);
}
