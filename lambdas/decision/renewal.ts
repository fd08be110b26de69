import type { Session } from '../shared/sessions.ts';
import { protectedSince } from './trading-hours.ts';

/** A token's life; epoch milliseconds. */
export interface Life {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What the renewal instant depends on; milliseconds. */
export interface RenewalRules {
  readonly renewBefore: number;
  readonly checkEvery: number;
  readonly sessions: readonly Session[];
  readonly reuseWindow?: number | undefined;
  /** Largest share of a life that the margin may take. */
  readonly marginShare: number;
}

export interface RenewalPlan {
  readonly renewAt: number;
  /** No instant satisfies all rules. A change during a session is better than a dead token. */
  readonly failedOpen: boolean;
}

const MINUTE = 60 * 1000;
/** Allows for a late tick and for the time of the call. */
const TICK_LEAD = 2 * MINUTE;
/** A longer lead costs no issue and leaves time to retry before the session starts (docs/availability.md). */
const SESSION_LEAD = 30 * MINUTE;

/** How long before its expiry a token of this life is renewed. */
export function marginOf(life: Life, { renewBefore, marginShare }: RenewalRules): number {
  return Math.min(renewBefore, Math.floor((life.expiresAt - life.issuedAt) * marginShare));
}

/**
 * The latest instant that is at least the margin before expiry, not within the reuse window, and
 * outside of every session. Pure and total.
 */
export function planRenewal(life: Life, rules: RenewalRules): RenewalPlan {
  const latest = life.expiresAt - marginOf(life, rules);
  const earliest = life.issuedAt + (rules.reuseWindow ?? 0);
  let renewAt = latest;
  while (renewAt >= earliest) {
    const since = sessionSince(renewAt, rules);
    if (since === undefined) return { renewAt, failedOpen: false };
    renewAt = since - 1;
  }
  return { renewAt: latest, failedOpen: true };
}

/**
 * Whether a renewal is due. `fail-open`: it is due during a session. A renewal that was missed before a
 * session is due again at the session's end or at the margin, whichever is earlier.
 */
export function renewalDue(
  life: Life & { readonly renewAt: number },
  rules: RenewalRules,
  now: number,
): 'no' | 'due' | 'fail-open' {
  if (now < life.renewAt) return 'no';
  // The planned renewal is retried during the lead, so only the short lead counts here.
  if (protectedSince(now, rules.sessions, TICK_LEAD) === undefined) return 'due';
  return now >= life.expiresAt - marginOf(life, rules) ? 'fail-open' : 'no';
}

/** Whether a session starts within half of its lead. */
export function isSessionNear(instant: number, rules: RenewalRules): boolean {
  return protectedSince(instant, rules.sessions, leadOf(rules) / 2) !== undefined;
}

/** Start of the protected time, lead included, that contains `instant`; undefined outside of sessions. */
function sessionSince(instant: number, rules: RenewalRules): number | undefined {
  return protectedSince(instant, rules.sessions, leadOf(rules));
}

function leadOf({ checkEvery }: RenewalRules): number {
  return Math.max(checkEvery + TICK_LEAD, SESSION_LEAD);
}
