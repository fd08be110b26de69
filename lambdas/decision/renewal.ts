import type { Session } from '../shared/sessions.ts';
import { protectedTimeStart } from './trading-hours.ts';

/** The lifetime of a token, in epoch milliseconds. */
export interface TokenLifetime {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The rules for the renewal of a token. Durations are milliseconds. */
export interface RenewalRules {
  readonly renewBefore: number;
  readonly checkEvery: number;
  readonly sessions: readonly Session[];
  readonly reuseWindow?: number | undefined;
  /** The largest share of a lifetime that the margin may take. */
  readonly marginShare: number;
}

export interface RenewalPlan {
  readonly renewAt: number;
  /** No instant satisfies all rules. A renewal during a session is better than an expired token. */
  readonly ignoresSessions: boolean;
}

const MINUTE = 60 * 1000;
/** Covers the delay of a tick and the duration of the call. */
const TICK_DELAY_LEAD = 2 * MINUTE;
/**
 * This lead costs no issue call and leaves time to retry before the session starts (docs/availability.md).
 */
const MIN_SESSION_LEAD = 30 * MINUTE;

/** How long before its expiry a token with this lifetime is renewed, in milliseconds. */
export function marginOf(lifetime: TokenLifetime, { renewBefore, marginShare }: RenewalRules): number {
  return Math.min(renewBefore, Math.floor((lifetime.expiresAt - lifetime.issuedAt) * marginShare));
}

/**
 * The latest instant outside the sessions and the reuse window that is at least the margin before the expiry.
 */
export function planRenewal(lifetime: TokenLifetime, rules: RenewalRules): RenewalPlan {
  const latest = lifetime.expiresAt - marginOf(lifetime, rules);
  const earliest = lifetime.issuedAt + (rules.reuseWindow ?? 0);
  let renewAt = latest;
  while (renewAt >= earliest) {
    const since = sessionLeadStart(renewAt, rules);
    if (since === undefined) return { renewAt, ignoresSessions: false };
    renewAt = since - 1;
  }
  return { renewAt: latest, ignoresSessions: true };
}

/**
 * Whether a renewal is due. `fail-open`: it is due during a session. A renewal that was missed before a
 * session is due again at the session's end or at the margin, whichever is earlier.
 */
export function renewalDue(
  lifetime: TokenLifetime & { readonly renewAt: number },
  rules: RenewalRules,
  now: number,
): 'no' | 'due' | 'fail-open' {
  if (now < lifetime.renewAt) return 'no';
  // The planned renewal is retried during the lead, so only the short lead counts here.
  if (protectedTimeStart(now, rules.sessions, TICK_DELAY_LEAD) === undefined) return 'due';
  return now >= lifetime.expiresAt - marginOf(lifetime, rules) ? 'fail-open' : 'no';
}

/** Whether a session starts within half of its lead. */
export function isSessionNear(instant: number, rules: RenewalRules): boolean {
  return protectedTimeStart(instant, rules.sessions, sessionLeadOf(rules) / 2) !== undefined;
}

/** The start of the session that contains `instant`, including its lead; undefined outside of sessions. */
function sessionLeadStart(instant: number, rules: RenewalRules): number | undefined {
  return protectedTimeStart(instant, rules.sessions, sessionLeadOf(rules));
}

function sessionLeadOf({ checkEvery }: RenewalRules): number {
  return Math.max(checkEvery + TICK_DELAY_LEAD, MIN_SESSION_LEAD);
}
