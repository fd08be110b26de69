import type { Facts } from '../lambdas/decision/facts.ts';
import { type FailureLevel, failureLevel, timeLeft } from '../lambdas/decision/failure-level.ts';
import { hasLiveToken } from '../lambdas/decision/health.ts';
import { formatState } from '../lambdas/store/state-codec.ts';
import { type Credential, factsOf } from './credentials.ts';
import { isStep, type Prediction, predict } from './foresight.ts';
import { DAY, iso } from './time.ts';

/** The condition of a credential in one word, the first that applies. */
export type Phase =
  /** Revoked on request. */
  | 'paused'
  /** The broker, or the content of the secret, refuses. */
  | 'refused'
  /** No token yet. */
  | 'none'
  /** A requested revocation is not confirmed. */
  | 'revoking'
  | 'expired'
  | 'dead'
  /** The token may be dead and must be verified. */
  | 'suspect'
  /** The next tick asks for a new token, or does what comes before. */
  | 'due'
  /** A new token is due, and may not be requested yet. */
  | 'waiting'
  /** The token is live, nothing is due and nothing is pending. */
  | 'fresh';

/** A credential at one instant. */
export interface CredentialSummary {
  readonly credential: Credential;
  readonly now: number;
  readonly phase: Phase;
  /** Of the next tick. */
  readonly next: Prediction;
  readonly level: FailureLevel;
  readonly lives: boolean;
  readonly secondsToExpiry: number;
  /** What is left of the token's life, 0 to 1. */
  readonly left: number;
  /** When something is planned next; undefined: a person decides. */
  readonly nextAt: number | undefined;
  readonly issues: { readonly used: number; readonly budget: number; readonly freeAt: number | undefined };
}

export function summarizeCredential(credential: Credential, now: number): CredentialSummary {
  const facts = factsOf(credential, now);
  const { config, state } = facts;
  const next = predict(facts, now);
  const { decision } = next;
  const { secondsToExpiry } = timeLeft(facts, decision, now);
  const { published } = state;
  const life = published === undefined ? 0 : published.expiresAt - published.issuedAt;
  const counted = state.issues.filter((at) => at > now - DAY);
  const budget = config.maxIssuesPerDay;
  const oldest = counted.at(-budget);
  return {
    credential: { ...credential, state },
    now,
    phase: phaseOf(facts, next, now),
    next,
    level: failureLevel(facts, decision, now),
    lives: hasLiveToken(facts, now),
    secondsToExpiry,
    left: life > 0 ? Math.min(1, (secondsToExpiry * 1000) / life) : 0,
    nextAt: isStep(decision) ? now : decision.until,
    issues: { used: counted.length, budget, freeAt: oldest === undefined ? undefined : oldest + DAY },
  };
}

function phaseOf({ state }: Facts, { decision, due }: Prediction, now: number): Phase {
  const { published, pending } = state;
  if (state.paused) return 'paused';
  if (state.refused !== undefined) return 'refused';
  if (published === undefined) return 'none';
  if (now >= published.expiresAt) return 'expired';
  if (pending?.revoke !== undefined) return 'revoking';
  if (published.health !== 'live') return published.health;
  if (decision.action === 'wait' || decision.action === 'hold') return 'waiting';
  return due === undefined && pending === undefined ? 'fresh' : 'due';
}

/**
 * 0 healthy; 1 paused, failing, or a request or doubt is open; 2 action required, or a reader finds no
 * live token.
 */
export function severityOf({ lives, level, phase }: CredentialSummary): 0 | 1 | 2 {
  if (phase === 'paused') return 1;
  if (!lives) return 2;
  const isOpen = phase === 'refused' || phase === 'revoking' || phase === 'suspect';
  return level === 0 && isOpen ? 1 : level;
}

/** For `--json`: the state as in docs/contracts.md § state, and what follows from it. */
export function summaryJson(summary: CredentialSummary): Record<string, unknown> {
  const { credential, issues } = summary;
  const { decision, due } = summary.next;
  const { config, state, unreadable } = credential;
  const { version: _, ...stored } = JSON.parse(formatState(state)) as Record<string, unknown>;
  return {
    id: config.id,
    broker: config.broker,
    market: config.market,
    phase: summary.phase,
    severity: severityOf(summary),
    ...stored,
    secondsToExpiry: Math.floor(summary.secondsToExpiry),
    paused: state.paused ?? false,
    unreadable,
    next: { action: decision.action, reason: decision.reason, due, at: iso(summary.nextAt) },
    issues: { used: issues.used, budget: issues.budget, freeAt: iso(issues.freeAt) },
  };
}
