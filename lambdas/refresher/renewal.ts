import type { Session } from '../shared/sessions.ts';
import { protectedSince } from './session-hours.ts';

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
}

export interface RenewalPlan {
  readonly renewAt: number;
  /** No instant kept all rules, so the one before expiry was taken: better a change in a session than a dead token. */
  readonly failedOpen: boolean;
}

/** A tick comes up to an interval late and the call takes its time: sessions are kept clear by this much more. */
const SESSION_LEAD = 2 * 60 * 1000;

/** How long before its end a token of this life is wanted replaced: never more than half of the life. */
export function marginOf(life: Life, renewBefore: number): number {
  return Math.min(renewBefore, Math.floor((life.expiresAt - life.issuedAt) / 2));
}

/**
 * The latest instant that is at least the margin before expiry, not within the reuse window, and
 * outside of every session. Pure; any life gets an answer.
 */
export function planRenewal(life: Life, rules: RenewalRules): RenewalPlan {
  const latest = life.expiresAt - marginOf(life, rules.renewBefore);
  const earliest = life.issuedAt + (rules.reuseWindow ?? 0);
  let renewAt = latest;
  while (renewAt >= earliest) {
    const since = protectedSince(renewAt, rules.sessions, sessionLead(rules));
    if (since === undefined) return { renewAt, failedOpen: false };
    renewAt = since - 1;
  }
  return { renewAt: latest, failedOpen: true };
}

/** Whether a planned instant breaks a rule, that is, was planned by failing open. */
export function failsOpen(renewAt: number, life: Life, rules: RenewalRules): boolean {
  return (
    renewAt < life.issuedAt + (rules.reuseWindow ?? 0) ||
    protectedSince(renewAt, rules.sessions, sessionLead(rules)) !== undefined
  );
}

function sessionLead(rules: RenewalRules): number {
  return rules.checkEvery + SESSION_LEAD;
}
